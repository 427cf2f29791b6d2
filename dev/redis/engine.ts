/**
 * What the local Upstash endpoint needs from a Redis, whichever one serves, and the reply that keeps
 * Redis's kinds apart: over the wire of the real service a status, a bulk string and an integer look
 * different, so no engine may blur them.
 */

/** One reply of Redis (RESP2). Bulk strings are bytes: scripts may cut a character in two. */
export type Reply =
  | { readonly type: "status"; readonly text: string }
  | { readonly type: "error"; readonly text: string }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "bulk"; readonly bytes: Uint8Array }
  | { readonly type: "null" }
  | { readonly type: "array"; readonly items: readonly Reply[] };

/** The words of one command, its name first. */
export type Words = readonly string[];

/** A Redis that runs one command, or several as one transaction. */
export interface RedisEngine {
  /** Which Redis this is, for the start-up line. */
  readonly label: string;
  /** Runs one command. Redis's own errors are replies; a promise rejects only when Redis is out of reach. */
  run(words: Words): Promise<Reply>;
  /** Runs all commands with no other in between: an array of replies, or an error when none of them ran. */
  transaction(commands: readonly Words[]): Promise<Reply>;
  /** Lets go of everything the engine holds. */
  close(): Promise<void>;
}

/** Statuses and errors are one line on Redis's wire. */
const oneLine = (text: string): string => text.replace(/[\r\n]/g, " ");

/** The reply `+text`. */
export const status = (text: string): Reply => ({ type: "status", text: oneLine(text) });

/** The reply `-text`; the first word of the text is its code. */
export const error = (text: string): Reply => ({ type: "error", text: oneLine(text) });

/** The reply `:value`. */
export const integer = (value: number | bigint): Reply => ({
  type: "integer",
  value: Number(value),
});

/** The reply `$bytes`. */
export const bulk = (bytes: Uint8Array): Reply => ({ type: "bulk", bytes });

/** The reply `*items`. */
export const array = (items: readonly Reply[]): Reply => ({ type: "array", items });

/** The nil reply. */
export const nil: Reply = { type: "null" };

/** The status most writes answer. */
export const ok: Reply = status("OK");
