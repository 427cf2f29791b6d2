/** Messages of channels: broadcast, presence, recovery. Their fields stand at top level. */
import * as z from "zod";
import type { ClientMessage, ServerMessage } from "./message.ts";
import { isJsonObject } from "./seal.ts";

/** Largest frame of the family, and largest event over HTTP, in bytes of UTF-8. */
export const CHANNEL_FRAME_BYTES = 65_536;

/** Longest name of a channel, in UTF-16 code units, and of an event, in characters of Unicode. */
export const MAX_NAME_LENGTH = 256;

const CONTROL = /\p{Cc}/u;

/**
 * Whether a text can name a channel: 1 to 256 characters, without control characters, and without half
 * a surrogate pair, which would come back as something else.
 */
export function isChannelName(name: string): boolean {
  if (name === "" || name.length > MAX_NAME_LENGTH) return false;
  return name.isWellFormed() && !CONTROL.test(name);
}

const channel = z.string().min(1).describe("Name of the channel, up to 256 characters");
const eventName = z.string().max(MAX_NAME_LENGTH).optional().describe("What happened");
const anything = z.unknown().optional();

const meta = anything
  .refine((value) => value === undefined || isJsonObject(value))
  .meta({ type: "object", description: "What others see beside the user's id" });

const position = z.object({
  epoch: z.string(),
  offset: z.int().min(0),
});

/** Where a subscriber stands in a channel's history. */
export type Position = z.output<typeof position>;

const request = <T extends z.ZodObject>(payload: T, doc: string) => ({
  payload,
  flat: true as const,
  missing: "Missing channel",
  subject: "channel" as const,
  limit: CHANNEL_FRAME_BYTES,
  doc,
});

/** Requests of channel clients. */
export const channelRequests = {
  subscribe: request(
    z.object({
      channel,
      listen: z.array(z.string()).optional().describe("`broadcast`, `presence`, or both"),
      since: position.optional().describe("Last broadcast received: what was missed follows"),
    }),
    "Replaces this connection's subscription to the channel. With `presence` it gets one `presence_sync`.",
  ),
  unsubscribe: request(z.object({ channel }), "The same as `subscribe` with `listen: []`."),
  broadcast: request(
    z.object({ channel, event: eventName, payload: anything.describe("Any JSON") }),
    "Sends an event to every connection subscribed to `broadcast`, the sender's own included.",
  ),
  presence_join: request(
    z.object({ channel, payload: meta }),
    "Makes this connection present on the channel.",
  ),
  presence_update: request(
    z.object({ channel, payload: meta }),
    "Changes what others see of this connection's user; it works without a join.",
  ),
  presence_leave: request(z.object({ channel }), "Ends this connection's presence."),
} satisfies Record<string, ClientMessage>;

const user = z.string().describe("User who acted");
const milliseconds = z.int().describe("Milliseconds since the epoch");
const seconds = z.int().describe("Seconds since the epoch");

const coming = z.object({
  channel: z.string(),
  user_id: user,
  meta: z.record(z.string(), z.unknown()).optional().describe("Left out when empty"),
  updated_at: seconds,
  ts: milliseconds,
});

/** A present user as `presence_sync` and the HTTP interface list it. */
export const presentUser = z.object({
  user_id: z.string(),
  meta: z.record(z.string(), z.unknown()).nullable(),
  updated_at: seconds,
});

/** A broadcast's fields. */
export const broadcastFields = z.object({
  channel: z.string(),
  event: z.string().describe("Empty when the sender gave none"),
  payload: z.unknown().describe("`null` when the sender gave none"),
  user_id: user.optional().describe("Sender; left out for events over HTTP"),
  ts: milliseconds,
  message_id: z.int().describe("Unique in the channel, and rising"),
  epoch: z.string().describe("Names this run of offsets; another one means lost history"),
  offset: z.int().describe("One higher with every broadcast of the channel"),
});

/** Events of channels. */
export const channelEvents = {
  broadcast: { payload: broadcastFields, flat: true, doc: "Somebody published on a channel." },
  presence_join: { payload: coming, flat: true, doc: "A user came, or said so again." },
  presence_update: { payload: coming, flat: true, doc: "What is shown of a user changed." },
  presence_leave: {
    payload: coming.pick({ channel: true, user_id: true, ts: true }),
    flat: true,
    doc: "A user's last connection left the channel.",
  },
  presence_sync: {
    payload: z.object({ channel: z.string(), users: z.array(presentUser) }),
    flat: true,
    doc: "Who is present now. Every later change follows as an event.",
  },
} satisfies Record<string, ServerMessage>;
