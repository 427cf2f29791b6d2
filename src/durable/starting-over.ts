/** What of its mail a client still gets that cannot prove where it stood, and so starts over. */
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

interface Frame {
  readonly type: string;
  readonly payload?: { readonly session_id?: string };
}

/**
 * Picks what is worth repeating out of frames that were missed, in order. Of a call that is over by
 * now that is its end, and nothing at all if it also began in the meantime.
 */
export function worthRepeating(missed: readonly string[]): SealedEvent[] {
  const frames = missed.map((frame) => JSON.parse(frame) as Frame);
  const sessionsOf = (isOne: (type: string) => boolean) =>
    new Set(frames.filter(({ type }) => isOne(type)).map(({ payload }) => payload?.session_id));
  const begun = sessionsOf((type) => type === "call.ring");
  const over = sessionsOf((type) => ENDS.has(type));
  return frames.flatMap(({ type, payload }) => {
    if (payload === undefined || PASSING.has(type)) return [];
    const session = payload.session_id;
    if (over.has(session) && (begun.has(session) || !ENDS.has(type))) return [];
    return [{ type, json: seal(payload) }];
  });
}
