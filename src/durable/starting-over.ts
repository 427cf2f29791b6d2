/** What of its mail a client still gets that cannot prove where it stood, and so starts over. */
import type { Connection } from "../features/connection.ts";
import type { SealedEvent } from "../protocol/message.ts";
import { seal } from "../protocol/seal.ts";

/** Events that a new connection replaces by its own. */
const PASSING: ReadonlySet<string> = new Set([
  "call.ring",
  "call.active",
  "call.peer_reconnecting",
  "call.peer_reconnected",
  "error",
]);

const ENDS: ReadonlySet<string> = new Set(["call.ended", "call.rejected"]);

const OF_ROOMS = "room.";
const OF_CALLS = ["call.", "webrtc."] as const;

interface Frame {
  readonly type: string;
  readonly payload?: { readonly session_id?: string };
}

/**
 * Picks what is worth repeating out of frames that were missed, in order: what belongs to a live call or
 * to rooms that the device is in, and for a client that opted in to resuming the ends of calls that it had heard of.
 *
 * @param live ids of the calls that live
 * @param isMember whether the device is in a room, or asks to be
 */
export function worthRepeating(
  missed: readonly string[],
  live: ReadonlySet<string>,
  { resume }: Connection,
  isMember: boolean,
): SealedEvent[] {
  const frames = missed.map((frame) => JSON.parse(frame) as Frame);
  const rings = frames.filter(({ type }) => type === "call.ring");
  const begun = new Set(rings.map(({ payload }) => payload?.session_id));
  return frames.flatMap(({ type, payload }) => {
    if (type.startsWith(OF_ROOMS)) {
      return isMember ? [{ type, json: seal(payload) }] : [];
    }
    // What others send on channels, or from user to user, may hold a session's id as well.
    if (!OF_CALLS.some((start) => type.startsWith(start))) return [];
    const session = payload?.session_id;
    if (session === undefined || PASSING.has(type)) return [];
    const isNews = ENDS.has(type) ? resume && !begun.has(session) : live.has(session);
    return isNews ? [{ type, json: seal(payload) }] : [];
  });
}
