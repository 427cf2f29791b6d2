/** What was heard last of each place, so that what an object sends again after a reset is recognised. */
import type { Host } from "./feature.ts";

/** An entry of a place's log, by its number there. */
export interface Heard {
  readonly epoch: string;
  readonly number: number;
}

const rowOf = (place: string) => `heard:${place}`;
/**
 * Besides memory it is kept where it is worth something after an eviction: on the sockets that got it,
 * and in a row for those whose mailbox makes promises.
 */
const memory = new WeakMap<Host, Map<string, Heard>>();

/** Number of the last entry that was heard of a place; 0 for none of this epoch. */
export function lastHeard(host: Host, place: string, epoch: string): number {
  const known = memory.get(host)?.get(place);
  if (known) return known.epoch === epoch ? known.number : 0;
  const row = host.storage.get<Heard>(rowOf(place));
  const noted = host.lines.notes(rowOf(place)).map(readHeard);
  const same = [...noted, ...(row ? [row] : [])].filter((heard) => heard.epoch === epoch);
  return Math.max(0, ...same.map(({ number }) => number));
}

/** Keeps the last entry that was heard. `by`: sockets that got it, or a mailbox, for which a row keeps it. */
export function remember(
  host: Host,
  place: string,
  heard: Heard,
  by: readonly string[] | "kept",
): void {
  const known = memory.get(host) ?? new Map<string, Heard>();
  memory.set(host, known);
  known.set(place, heard);
  if (by === "kept") host.storage.put(rowOf(place), heard);
  else host.lines.note(by, rowOf(place), `${heard.epoch} ${heard.number}`);
}

function readHeard(note: string): Heard {
  const [epoch = "", number = "0"] = note.split(" ");
  return { epoch, number: Number(number) };
}

/** Forgets places that nobody listens to any more. */
export function forgetHeard(host: Host, places: ReadonlySet<string>): void {
  const known = memory.get(host);
  for (const place of known?.keys() ?? []) if (!places.has(place)) known?.delete(place);
  for (const [key] of host.storage.list(rowOf(""))) {
    if (!places.has(key.slice(rowOf("").length))) host.storage.delete(key);
  }
}
