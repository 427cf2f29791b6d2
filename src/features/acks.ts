/**
 * Acknowledgements that a place sends, in one line with its events. One may arrive although the request
 * then counts as failed, because the answer to the request itself was lost.
 */
import type { Host } from "./feature.ts";

/** Requests whose acknowledgement has not come; in memory, as the requests are. */
const awaited = new WeakMap<Host, Set<string>>();

const keyOf = (line: string, ref = "") => `${line} ${ref}`;

/** Expects the acknowledgement of a request on a line. */
export function expectAck(
  host: Host,
  line: string,
  ref: string | undefined,
): { readonly hasCome: () => boolean; readonly end: () => void } {
  const waiting = awaited.get(host) ?? new Set();
  awaited.set(host, waiting);
  const key = keyOf(line, ref);
  waiting.add(key);
  return {
    hasCome: () => !waiting.has(key),
    end: () => {
      waiting.delete(key);
    },
  };
}

/** An acknowledgement has come. */
export function ackCame(host: Host, line: string, ref: string | undefined): void {
  awaited.get(host)?.delete(keyOf(line, ref));
}
