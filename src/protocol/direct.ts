/** Messages from user to user without a call: flat, and relayed as they are. */
import * as z from "zod";
import type { ClientMessage, ServerMessage } from "./message.ts";

const DIRECT_FRAME_BYTES = 524_288;

/** Stands for every type that is nobody's: `clientMessage` finds it, no client can name it. */
export const ANY = "*";

const to = z.string().min(1).describe("Id of the user who gets it");
const data = z.unknown().optional().describe("Any JSON; not looked at");

const relayed = (doc: string) =>
  ({
    payload: z.object({ to, data }),
    flat: true,
    subject: "to",
    missing: "Missing to",
    invalid: "Missing to",
    fieldsFirst: true,
    limit: DIRECT_FRAME_BYTES,
    doc,
  }) as const satisfies ClientMessage;

/** Requests that reach another user's devices as sent, with `from` added. */
export const directRequests = {
  offer: relayed("Relays an offer to a user."),
  answer: relayed("Relays an answer to a user."),
  ice: relayed("Relays a candidate to a user."),
  [ANY]: relayed(
    "Any further type of 1 to 64 letters, digits, `_` and `-` that is not reserved, with `to` at top level: relayed alike.",
  ),
};

const arrived = (doc: string) =>
  ({
    payload: z.object({
      from: z.string().describe("Id of the sender, verified by the service"),
      to: z.string(),
      data,
    }),
    flat: true,
    doc,
  }) as const satisfies ServerMessage;

/** What arrives of them. */
export const directEvents = {
  offer: arrived("A user's offer, as sent, with `from`. Further types arrive alike."),
  answer: arrived("A user's answer, as sent, with `from`."),
  ice: arrived("A user's candidate, as sent, with `from`."),
};

/** Types of other families, in either direction: never relayed, so that nobody can forge an event. */
const RESERVED: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "broadcast",
  "presence_join",
  "presence_update",
  "presence_leave",
  "presence_sync",
  "send_message",
  "change_room",
  "new_message",
  "error",
  "ack",
  "welcome",
  "ping",
  "pong",
]);

const RELAYED = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether messages of a type that no family claims are relayed. Types with a dot are the service's. */
export function isRelayed(type: string): boolean {
  return RELAYED.test(type) && !RESERVED.has(type);
}
