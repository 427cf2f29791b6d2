/** Events of channels and chat rooms on their way to this user's sockets. */
import { isNews } from "./answers.ts";
import type { Host, PeerHandler } from "./feature.ts";
import { lastHeard, remember } from "./heard.ts";
import type { Item } from "./place.ts";
import { answered, heardBy, seatAt } from "./seats.ts";
import { isCurrent, lineOf } from "./standing.ts";

/** Kind of entries that are broadcast; all others are about presence. */
const BROADCAST = "broadcast";

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
    const due = seated.filter((seat) => isDue(host, seat, place, item));
    const passed = pass(host, item, due);
    for (const seat of seated) settle(host, seat, place, item);
    // What is held back is not to come later either.
    kept ||= passed.kept || due.length < seated.length;
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

/** Whether a seat is to hear of something. What it alone gets comes first, with its answer. */
function isDue(host: Host, seat: string, place: string, { number, type }: Item): boolean {
  const known = number === undefined ? undefined : seatAt(host, seat, place);
  if (known?.unanswered === undefined) return true;
  return heardBy(known)[type === BROADCAST ? "broadcast" : "presence"];
}

/** Notes that a seat has an answer. */
function settle(host: Host, seat: string, place: string, { ask, ref }: Item): void {
  if (ask !== undefined && ref !== undefined) answered(host, seat, place);
}

function pass(host: Host, { type, json, ref }: Item, seats: readonly string[]) {
  const lines = seats.map(lineOf);
  // An answer goes by its reference, which the ledger of a resuming client has to see.
  if (ref === undefined) return host.lines.pass({ type, json }, lines);
  const payload = JSON.parse(json) as { ref_type: string };
  return host.lines.pass({ type: "ack", payload, ref }, lines);
}
