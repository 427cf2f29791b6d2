/** Literal frames of channels and of the chat. */

const EPOCH = "166b8c89-9fdc-4de0-a745-27b4cceeb880";
const LOBBY = { channel: "lobby" } as const;
const SECONDS = 1_790_000_000;
const MILLISECONDS = 1_790_000_000_000;

/** What clients send. */
export const channelClientFrames = {
  subscribe: {
    type: "subscribe",
    ...LOBBY,
    listen: ["broadcast", "presence"],
    since: { epoch: EPOCH, offset: 41 },
    ref: "5",
  },
  unsubscribe: { type: "unsubscribe", ...LOBBY },
  broadcast: { type: "broadcast", ...LOBBY, event: "moved", payload: { x: 3, y: 4 } },
  presence_join: { type: "presence_join", ...LOBBY, payload: { status: "online" } },
  presence_update: { type: "presence_update", ...LOBBY, payload: { status: "away" } },
  presence_leave: { type: "presence_leave", ...LOBBY },
  send_message: { type: "send_message", payload: { message: "Hello" } },
  change_room: { type: "change_room", payload: { name: "3" } },
} as const;

/** What the service sends. */
export const channelServerFrames = {
  broadcast: {
    type: "broadcast",
    ...LOBBY,
    event: "moved",
    payload: { x: 3, y: 4 },
    user_id: "alice",
    ts: MILLISECONDS,
    message_id: MILLISECONDS * 1_000,
    epoch: EPOCH,
    offset: 42,
  },
  presence_join: {
    type: "presence_join",
    ...LOBBY,
    user_id: "alice",
    meta: { status: "online" },
    updated_at: SECONDS,
    ts: MILLISECONDS,
  },
  presence_update: {
    type: "presence_update",
    ...LOBBY,
    user_id: "alice",
    meta: { status: "away" },
    updated_at: SECONDS,
    ts: MILLISECONDS,
  },
  presence_leave: { type: "presence_leave", ...LOBBY, user_id: "alice", ts: MILLISECONDS },
  presence_sync: {
    type: "presence_sync",
    ...LOBBY,
    users: [
      { user_id: "alice", meta: { status: "online" }, updated_at: SECONDS },
      { user_id: "bob", meta: null, updated_at: SECONDS },
    ],
  },
  new_message: {
    type: "new_message",
    payload: {
      message: "Hello",
      from: "Zoe",
      sent: "2026-01-31T12:00:00.000Z",
      from_id: "guest:Zoe",
      room: "0",
    },
  },
} as const;
