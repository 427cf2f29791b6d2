/** Events over HTTP: what backends publish and read. The HTTP interface and its document come from here. */
import * as z from "zod";
import { broadcastFields, isChannelName, MAX_NAME_LENGTH, presentUser } from "./channels.ts";

/** Most events in one request. */
export const MAX_EVENTS = 100;

/** Event name when none is given; a socket's broadcast has an empty one instead. */
export const DEFAULT_EVENT = "message";

/** An event to be published. */
export const newEvent = z.object({
  channel: z
    .string()
    .refine(isChannelName)
    .meta({ minLength: 1, maxLength: MAX_NAME_LENGTH })
    .describe("Name of the channel, without control characters"),
  event: z
    .string()
    .max(MAX_NAME_LENGTH)
    .nullish()
    .describe(`What happened; \`${DEFAULT_EVENT}\` when empty or absent`),
  payload: z.unknown().optional().describe("Any JSON"),
});

/** Many events; each is judged by itself. */
export const newEvents = z.object({
  events: z.array(z.unknown()).max(MAX_EVENTS).describe("Events as for `POST /api/event`"),
});

const messageId = z.int().min(1).describe("Unique in the channel, and rising");

/** What `POST /api/event` answers. */
export const publishedEvent = z.object({ message_id: messageId, status: z.literal("ok") });

/** What `POST /api/events` answers: one result per event, in order. */
export const publishedEvents = z.object({
  results: z.array(
    z.union([
      z.object({ status: z.literal("ok"), message_id: messageId }),
      z.object({ status: z.literal("error"), error: z.string() }),
    ]),
  ),
});

/** What `GET /api/channels/:name/presence` answers. */
export const channelPresence = z.object({ channel: z.string(), users: z.array(presentUser) });

/** What `GET /api/channels/:name/history` answers. */
export const channelHistory = z.object({
  channel: z.string(),
  epoch: z.string(),
  offset: z.int().min(0).describe("Offset of the latest broadcast"),
  events: z.array(broadcastFields.extend({ type: z.literal("broadcast") })),
});

/** A refusal. */
export const refusedRequest = z.object({ error: z.string() });

/** What `POST /login` takes and gives. */
export const login = z.object({ username: z.string().describe("1 to 64 characters") });
export const guestToken = z.object({ token: z.string().describe("JWT, good for an hour") });
