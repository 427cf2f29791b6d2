/** How a message family describes its messages: the one source of types, checks and documents. */
import type * as z from "zod";

/** A message that clients send: `{"type", "payload", "ref"?}`. */
export interface ClientMessage {
  /** Shape of the payload. A `null` field counts as absent before the check. */
  readonly payload: z.ZodObject;
  /** The fields of the payload stand at top level instead of under `payload`. */
  readonly flat?: true;
  /** Guests may send it; whatever else they send is dropped in silence. */
  readonly guests?: true;
  /** Error text when a required string is absent or empty; by field when the texts differ. */
  readonly missing: string | Readonly<Record<string, string>>;
  /** Error text when a field has the wrong type; `Invalid payload` when absent. */
  readonly invalid?: string;
  /** Field that says what a request is about; its errors repeat it. `session_id` when absent. */
  readonly subject?: Subject;
  /** Largest frame of the family, in bytes of UTF-8. */
  readonly limit: number;
  /** The fields are checked before the size of the frame. */
  readonly fieldsFirst?: true;
  /** What it does, for the reference page. */
  readonly doc: string;
  /** What answers it on the same socket, for the reference page. */
  readonly answer?: string;
}

/** Fields by which an error says what the request was about. */
export type Subject = "session_id" | "channel" | "to";

/** What a request is about: its subject's name and value. */
export type About = { readonly [S in Subject]?: string };

/** A message that the service sends: `{"type", "payload", "ref"?}`. */
export interface ServerMessage {
  readonly payload: z.ZodObject;
  /** The fields of the payload stand at top level instead of under `payload`. */
  readonly flat?: true;
  readonly doc: string;
}

/** An event on its way to a device, before a codec spells it out. */
export interface Event {
  readonly type: string;
  readonly payload: unknown;
  readonly ref?: string;
}

/** An event whose payload is JSON text already: relayed from a peer, never opened on the way. */
export interface SealedEvent {
  readonly type: string;
  readonly json: string;
  readonly ref?: string;
  /** The fields stand at top level, whatever the type says. */
  readonly flat?: true;
}

/** Largest frame that is read at all, in bytes; beyond it the socket is closed with 1009. */
export const MAX_FRAME_BYTES = 1_048_576;

/** Longest `ref`, in UTF-16 code units; a longer one is not echoed. */
export const MAX_REF_LENGTH = 128;
