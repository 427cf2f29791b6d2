/** All messages of the wire, by direction. Both directions share names, so they stay apart. */
import * as z from "zod";
import { callEvents, callRequests, signalRequests } from "./calls.ts";
import { ANY, directEvents, directRequests, isRelayed } from "./direct.ts";
import { channelEvents, channelRequests } from "./channels.ts";
import { chatEvents, chatRequests } from "./chat.ts";
import { errorCodes, type ErrorCode } from "./errors.ts";
import type { ClientMessage, ServerMessage } from "./message.ts";
import { pushEvents, pushRequests } from "./push.ts";
import { iceEvents, iceRequests } from "./ice.ts";
import { resumeEvents } from "./resume.ts";
import { roomEvents, roomRequests } from "./rooms.ts";

/** What clients send. */
export const client = {
  ...callRequests,
  ...signalRequests,
  ...pushRequests,
  ...roomRequests,
  ...iceRequests,
  ...directRequests,
  ...channelRequests,
  ...chatRequests,
};

/** Name of a request. */
export type ClientType = keyof typeof client;

/** Payload of a request, checked. */
export type ClientPayload<T extends ClientType> = z.output<(typeof client)[T]["payload"]>;

const code = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);

/** What the service sends. */
export const server = {
  ...callEvents,
  ...resumeEvents,
  ...pushEvents,
  ...roomEvents,
  ...iceEvents,
  ...directEvents,
  ...channelEvents,
  ...chatEvents,
  error: {
    payload: z.object({
      code,
      message: z.string(),
      ref_type: z.string().optional().describe("Type of the request that failed"),
      session_id: z.string().optional(),
      channel: z.string().optional().describe("Channel that the request named"),
      to: z.string().optional().describe("Receiver that the request named"),
      retry_after: z.number().optional().describe("Seconds after which to try again"),
    }),
    doc: "A request failed. The socket stays open.",
  },
  ack: {
    payload: z.object({
      ref_type: z.string().describe("Type of the request"),
      channel: z.string().optional().describe("Channel that the request named"),
      epoch: z.string().optional().describe("Run of the channel's offsets, for `subscribe`"),
      offset: z.int().optional().describe("Latest offset of the channel, for `subscribe`"),
      recovered: z.boolean().optional().describe("Whether all that was missed `since` follows"),
    }),
    flat: true,
    doc: "A request with `ref` succeeded and has no other answer: of channels always, of others on a socket that opted in to resuming.",
  },
} satisfies Record<string, ServerMessage>;

/** Name of an event that a feature may send. */
export type ServerType = keyof typeof server;

/** Payload of an event. */
export type ServerPayload<T extends ServerType> = z.output<(typeof server)[T]["payload"]>;

/** Whether an event's fields stand at top level. */
export function isFlat(type: string): boolean {
  const message: ServerMessage | undefined = events.get(type);
  return message?.flat === true;
}

const events: ReadonlyMap<string, ServerMessage> = new Map(Object.entries(server));
const byName: ReadonlyMap<string, ClientMessage> = new Map(
  Object.entries(client).filter(([type]) => type !== ANY),
);

/** A request's description, and the name under which it is handled. */
export interface KnownRequest {
  readonly type: ClientType;
  readonly message: ClientMessage;
}

/**
 * Looks a request up by its type; no name inherited from Object.prototype is ever found.
 *
 * @param to what stands at top level under `to`: text there makes a type of nobody's a direct message
 */
export function clientMessage(type: string, to?: unknown): KnownRequest | undefined {
  const message = byName.get(type);
  if (message) return { type: type as ClientType, message };
  if (typeof to !== "string" || !isRelayed(type) || events.has(type)) return undefined;
  return { type: ANY, message: client[ANY] };
}
