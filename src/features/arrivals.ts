/** Events of channels and chat rooms on their way to this user's sockets. */
import { isNews } from "./answers.ts";
import type { Host, PeerHandler } from "./feature.ts";
import type { Item } from "./place.ts";
import { isCurrent, lineOf } from "./standing.ts";

interface Heard {
  readonly epoch: string;
  readonly number: number;
}

const rowOf = (place: string) => `heard:${place}`;
/**
 * The last number heard of each place. Besides memory it is kept where it is worth something after an
 * eviction: on the sockets that got it, and in a row for those whose mailbox makes promises.
 */
const memory = new WeakMap<Host, Map<string, Heard>>();

/** Takes events of a place. An object that was reset in the middle sends some again: those are known. */
export const onEvents: PeerHandler<"place.events"> = (host, _, message) => {
  const { place, epoch, items, broken = [] } = message;
  const empty = new Set<string>();
  const reached = new Set<string>();
  const before = lastHeard(host, place, epoch);
  let heard = before;
  let kept = false;
  for (const item of items) {
    if (item.number !== undefined) {
      if (item.number <= heard) continue;
      heard = item.number;
    }
    if (!isNews(host, item)) continue;
    const seated = item.to.filter((seat) => isCurrent(host, seat));
    const passed = pass(host, item, seated);
    kept ||= passed.kept;
    for (const seat of item.to) {
      const isThere = seated.includes(seat) && !passed.absent.includes(lineOf(seat));
      if (isThere) reached.add(lineOf(seat));
      else empty.add(seat);
    }
  }
  if (heard > before) remember(host, place, { epoch, number: heard }, kept ? "kept" : [...reached]);
  for (const seat of broken) if (isCurrent(host, seat)) host.lines.breakOff(lineOf(seat));
  return { empty: [...empty] };
};

function pass(host: Host, { type, json, ref }: Item, seats: readonly string[]) {
  const lines = seats.map(lineOf);
  // An answer goes by its reference, which the ledger of a resuming client has to see.
  if (ref === undefined) return host.lines.pass({ type, json }, lines);
  const payload = JSON.parse(json) as { ref_type: string };
  return host.lines.pass({ type: "ack", payload, ref }, lines);
}

function lastHeard(host: Host, place: string, epoch: string): number {
  const known = memory.get(host)?.get(place);
  if (known) return known.epoch === epoch ? known.number : 0;
  const row = host.storage.get<Heard>(rowOf(place));
  const noted = host.lines.notes(rowOf(place)).map(readHeard);
  const same = [...noted, ...(row ? [row] : [])].filter((heard) => heard.epoch === epoch);
  return Math.max(0, ...same.map(({ number }) => number));
}

/** `by`: sockets that got it, or a mailbox, for which a row keeps it. */
function remember(host: Host, place: string, heard: Heard, by: readonly string[] | "kept"): void {
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
