/** Compares what sockets got with what the model expects. */
import type { Emitted } from "./draft.ts";
import type { Expected } from "./state.ts";

/** A frame as a socket got it, sessions by their symbolic names. `#closed` stands for the socket's end. */
export interface Seen {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly ref?: string;
}

/** Fields that may come on top of the expected ones. */
const ADDITIVE: Readonly<Record<string, readonly string[]>> = {
  "call.active": ["device"],
  "call.ended": ["device"],
  welcome: [
    "connection_id",
    "epoch",
    "heartbeat_seconds",
    "reconnect_jitter_ms",
    "resume_token",
    "server_time",
  ],
};

/** Whether every socket got what an outcome says: per cause in order, causes in any mixture. */
export function explains(frames: readonly Emitted[], seen: ReadonlyMap<string, readonly Seen[]>) {
  const keys = new Set([...seen.keys(), ...frames.map(({ to }) => to)]);
  for (const key of keys) {
    const queues = new Map<string, Emitted[]>();
    for (const emitted of frames) {
      if (emitted.to !== key) continue;
      const queue = queues.get(emitted.cause);
      if (queue) queue.push(emitted);
      else queues.set(emitted.cause, [emitted]);
    }
    if (!isMixture([...queues.values()], seen.get(key) ?? [])) return false;
  }
  return true;
}

function isMixture(queues: readonly (readonly Emitted[])[], seen: readonly Seen[]): boolean {
  const [first, ...rest] = seen;
  if (first === undefined) return queues.every((queue) => queue.every(({ optional }) => optional));
  for (const [index, queue] of queues.entries()) {
    for (const [position, emitted] of queue.entries()) {
      const left = queues.with(index, queue.slice(position + 1));
      if (covers(emitted.frame, first) && isMixture(left, rest)) return true;
      if (!emitted.optional) break;
    }
  }
  return false;
}

/** Whether a frame is the expected one: all expected fields equal, others only where allowed. */
function covers(expected: Expected, seen: Seen): boolean {
  if (expected.type !== seen.type || expected.ref !== seen.ref) return false;
  const extra = expected.exact ? [] : (ADDITIVE[seen.type] ?? []);
  return (
    Object.entries(expected.payload).every(([key, value]) => isEqual(value, seen.payload[key])) &&
    Object.keys(seen.payload).every((key) => key in expected.payload || extra.includes(key))
  );
}

function isEqual(expected: unknown, seen: unknown): boolean {
  if (isObject(expected) && "$any" in expected) return true;
  if (isObject(expected) && "$maybe" in expected) {
    return seen === undefined || isEqual(expected["$maybe"], seen);
  }
  if (isObject(expected) && "$oneOf" in expected) {
    return (expected["$oneOf"] as unknown[]).some((value) => isEqual(value, seen));
  }
  if (!isObject(expected) || !isObject(seen)) return expected === seen;
  return (
    Object.keys(seen).every((key) => key in expected) &&
    Object.entries(expected).every(([key, value]) => isEqual(value, seen[key]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
