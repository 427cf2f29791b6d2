/** What pushes say, in the words that apps read. Providers limit the size; what is least missed goes first. */
import type { PushNote } from "../core/push.ts";
import type { UserInfo } from "../protocol/user-info.ts";

const encoder = new TextEncoder();

/** A payload would be too large whatever is left out. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** The name that a person is shown. */
export function displayOf({ name, username }: UserInfo): string {
  return name || username || "Unknown";
}

/** Seconds since the epoch. */
export const seconds = (ms: number) => Math.floor(ms / 1_000);

/** The flat texts that Android apps and service workers read. */
export function dataOf(note: PushNote, caller: UserInfo): Record<string, string> {
  const told = note.kind === "cancel" ? undefined : caller;
  const data = {
    type: TYPES[note.kind],
    session_id: note.session,
    caller_id: caller.user_id,
    caller_name: told?.name ?? "",
    caller_username: told?.username ?? "",
    caller_image: told?.image_profile ?? "",
  };
  if (note.kind === "cancel") return { ...data, reason: note.reason };
  if (note.kind === "missed") return data;
  const expires_at = String(seconds(note.ringUntil));
  const { callToken: call_token } = note;
  return { ...data, expires_at, ...(call_token === undefined ? {} : { call_token }) };
}

/** Value of `type`, by what a push says. */
export const TYPES = {
  ring: "incoming_call",
  cancel: "call_cancelled",
  missed: "missed_call",
} as const satisfies Record<PushNote["kind"], string>;

/**
 * Builds a payload that has at most `limit` bytes of UTF-8: with everything, else without the picture,
 * else with a shortened name only, else without names.
 *
 * @throws {TooLarge}
 */
export function fit(caller: UserInfo, limit: number, build: (caller: UserInfo) => unknown): string {
  const { image_profile: _, ...named } = caller;
  const short = { user_id: caller.user_id, name: displayOf(caller).slice(0, 64) };
  for (const told of [caller, named, short, { user_id: caller.user_id }]) {
    const text = JSON.stringify(build(told)).toWellFormed();
    if (encoder.encode(text).byteLength <= limit) return text;
  }
  throw new TooLarge(`a payload of more than ${limit} bytes`);
}
