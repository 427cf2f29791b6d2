/** What comes back for a request: its answers, and which errors when. For the documents. */
import type { ClientMessage } from "../../src/protocol/message.ts";
import { jsonSchema } from "./schema.ts";
import { client, type ClientType, type ServerType } from "../../src/protocol/index.ts";
import { channelRefusals } from "./channel-refusals.ts";
import { refusal, type Refusal } from "./refusal.ts";

const gone = refusal("session_not_found", "Session not found", "the call is over, or never was");
const stranger = refusal("unauthorized", "Not authorized", "the call is other people's");
const failure = (message: string) =>
  refusal("internal_error", message, "Redis or the peer's object is out of reach");

const answer = (message: string): readonly Refusal[] => [
  gone,
  refusal("unauthorized", "Not authorized", "by the caller, or the call is other people's"),
  refusal("invalid_state", "Invalid state transition", "the call is not ringing any more"),
  failure(message),
];

const signal = (message: string): readonly Refusal[] => [
  gone,
  refusal(
    "unauthorized",
    "Not authorized",
    "the call is other people's, or on another device of this user",
  ),
  refusal("invalid_state", "Call not in accepted state", "by the callee, while it rings"),
  refusal("internal_error", message, "the peer is away and its waiting room is full, or a fault"),
];

/** Errors that any frame may get, before anybody looks at its meaning. */
export const frameRefusals: readonly Refusal[] = [
  refusal("invalid_message", "Invalid message format", "the frame is not one JSON object"),
  refusal("invalid_message", "Unknown message type", "`type` is empty or unknown"),
  refusal("invalid_message", "Invalid payload", "`payload` or one of its fields has a wrong type"),
  refusal("message_too_large", "Message too large", "the frame is over the limit of its family"),
  refusal("rate_limited", "Too many messages", "the socket is over its frame budget"),
  refusal("internal_error", "Internal server error", "a defect; the log says which"),
];

const noRoom = refusal("room_not_found", "Room not found", "there is no such room in the app");
const notOwner = refusal(
  "unauthorized",
  "Not authorized",
  "the sender may not do that in the room",
);
const notPending = refusal("invalid_state", "No pending request", "nobody waits for an answer");
const notThere = refusal("peer_not_found", "Peer not found", "no such member");
const tooMuch = refusal(
  "message_too_large",
  "Message too large",
  "`data` or `peerinfo` is over 8 KiB of JSON",
);
const noWay = refusal(
  "internal_error",
  "Failed to reach the room",
  "the room's object is out of reach",
);

const direct: readonly Refusal[] = [
  refusal("unauthorized", "Not authorized", "the two share neither a room nor a call"),
  refusal("user_offline", "User is offline", "the receiver has no live socket"),
  refusal("internal_error", "Failed to forward message", "the receiver's object is out of reach"),
];

const own: Readonly<Record<ClientType, readonly Refusal[]>> = {
  "call.start": [
    refusal("invalid_message", "Cannot call yourself", "the callee is the caller"),
    refusal("rate_limited", "Too many calls", "over 60 starts in a minute; has `retry_after`"),
    refusal(
      "user_offline",
      "User is offline",
      "no device of the callee is connected or can be woken",
    ),
    refusal("user_busy", "User is busy", "caller or callee has a call"),
    refusal("internal_error", "Failed to start call", "a fault; has `retry_after`"),
  ],
  "call.accept": answer("Failed to accept call"),
  "call.reject": answer("Failed to reject call"),
  "call.ignore": answer("Failed to ignore call"),
  "call.end": [gone, stranger, failure("Failed to end call")],
  "call.check": [stranger, failure("Failed to check call")],
  "webrtc.offer": signal("Failed to forward offer"),
  "webrtc.answer": signal("Failed to forward answer"),
  "webrtc.ice": signal("Failed to forward ICE candidate"),
  "push.register": [
    refusal("invalid_message", "Missing token", "`os` is `android` or `ios`"),
    refusal("invalid_message", "Missing subscription", "`os` is `web`"),
    refusal("internal_error", "Failed to register device", "a fault; nothing has changed"),
  ],
  "push.unregister": [],
  "call.ring_ack": answer("Failed to acknowledge ring"),
  "room.create": [tooMuch, noWay],
  "room.join": [tooMuch, noWay],
  "room.accept": [noRoom, notOwner, notPending, tooMuch, noWay],
  "room.reject": [noRoom, notOwner, notPending, tooMuch, noWay],
  "room.withdraw": [noRoom, notPending, noWay],
  "room.leave": [noRoom, notOwner, noWay],
  "room.kick": [noRoom, notOwner, notThere, noWay],
  "room.ban": [noRoom, notOwner, notThere, noWay],
  "room.lock": [noRoom, notOwner, noWay],
  "room.cohost": [noRoom, notOwner, notThere, noWay],
  "room.signal": [
    refusal("invalid_message", "Missing description or candidate", "neither is there"),
    noRoom,
    notOwner,
    notThere,
    tooMuch,
    refusal("internal_error", "Failed to forward signal", "no room for an absent peer, or a fault"),
  ],
  "ice.get": [refusal("rate_limited", "Too many messages", "over 60 in a minute")],
  offer: direct,
  answer: direct,
  ice: direct,
  "*": direct,
  ...channelRefusals,
};

/** Errors of one request, in the order in which they are tested for. */
export function refusalsOf(type: ClientType): readonly Refusal[] {
  const texts = missingTexts(type);
  const missing = texts.map((text) =>
    refusal("invalid_message", text, "a required field is missing"),
  );
  return [...missing, ...own[type]];
}

/** What is said of each required text that is missing. */
function missingTexts(type: ClientType): string[] {
  const { missing, payload }: ClientMessage = client[type];
  if (typeof missing === "string") return [missing];
  const { required = [] } = jsonSchema(payload);
  return required.flatMap((field) => missing[field] ?? []);
}

/** Events that answer a request; none when it succeeds in silence. */
export function answersOf(type: ClientType): readonly string[] {
  const { answer: first } = client[type] as { answer?: string };
  return first === undefined ? [] : [first, ...(otherAnswers[type] ?? [])];
}

const otherAnswers: { readonly [T in ClientType]?: readonly ServerType[] } = {
  "call.start": ["call.joined"],
  "room.create": ["room.create_rejected"],
  "room.join": ["room.join_rejected"],
};
