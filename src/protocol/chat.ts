/** Messages of the chat: all that guests may send, and all that they ever get. */
import * as z from "zod";
import { MAX_FRAME_BYTES, type ClientMessage, type ServerMessage } from "./message.ts";

/** Longest text of a message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16_384;

/** Room that a guest starts in. */
export const FIRST_ROOM = "0";

const MAX_LENGTH = 64;
const CONTROL = /\p{Cc}/u;
/** The chat page labels its first room so. */
const ALIASES: ReadonlyMap<string, string> = new Map([["general", FIRST_ROOM]]);

/** What is wrong with a name, in the words of `POST /login`; nothing when it is good. */
export function nameFault(name: string): "required" | "too long" | "invalid" | undefined {
  if (name === "") return "required";
  if (Array.from(name).length > MAX_LENGTH) return "too long";
  // Half a surrogate pair would come back as something else.
  return CONTROL.test(name) || !name.isWellFormed() ? "invalid" : undefined;
}

/** The room that a text names: trimmed, aliases resolved; nothing when no room can be called so. */
export function roomNamed(text: string): string | undefined {
  const name = text.trim();
  return nameFault(name) === undefined ? (ALIASES.get(name) ?? name) : undefined;
}

const request = <T extends z.ZodObject>(payload: T, doc: string) => ({
  payload,
  guests: true as const,
  missing: "Invalid payload",
  limit: MAX_FRAME_BYTES,
  doc,
});

/** Requests of chat clients. */
export const chatRequests = {
  send_message: request(
    z.object({
      message: z.string().optional().describe("Up to 16 KiB; an empty or blank one is dropped"),
    }),
    "Sends a text to everybody in the sender's room, the sender included.",
  ),
  change_room: request(
    z.object({
      name: z.string().optional().describe("1 to 64 characters; `general` is the room `0`"),
    }),
    "Leaves the room and enters another one.",
  ),
} satisfies Record<string, ClientMessage>;

/** Events of the chat. */
export const chatEvents = {
  new_message: {
    payload: z.object({
      message: z.string(),
      from: z.string().describe("Name of the sender; it proves nothing about a person"),
      sent: z.string().describe("Time by the service's clock (RFC 3339)"),
      from_id: z.string().describe("`guest:<name>`, or the user's id"),
      room: z.string(),
    }),
    doc: "Somebody said something in the room.",
  },
} satisfies Record<string, ServerMessage>;
