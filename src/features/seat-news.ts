/** What places have to know of the sockets behind their seats. */
import type { Host } from "./feature.ts";
import { PeerUnreachable } from "./feature.ts";
import { forgetPlaces, keyOf, seatsOf, watchOn, type Seat } from "./seats.ts";
import { standingOf } from "./standing.ts";

const OWED = "places:owed";
const RETRY_MS = 2_000;

/** A seat, and what its place has to know. */
interface News extends Seat {
  readonly state: "live" | "away" | "gone";
}

/** What is being told at this moment; in memory, as the work is. */
interface Telling {
  readonly onItsWay: Set<string>;
  /** Something may have arrived or not. */
  failed: boolean;
}

const tellings = new WeakMap<Host, Telling>();

/**
 * Tells places what has become of the sockets behind their seats. Called whenever sockets come or go;
 * what cannot be told now is told by an alarm. What was told by an attempt that failed, or that a reset
 * cut off, nobody knows: places are then told of every seat.
 */
export function reconcile(host: Host): void {
  const telling = tellings.get(host) ?? { onItsWay: new Set<string>(), failed: false };
  tellings.set(host, telling);
  const { onItsWay } = telling;
  const isInDoubt = onItsWay.size === 0 && host.alarms.has(OWED);
  const news = allNews(host).filter(
    (each) => isInDoubt || (each.told !== each.state && !onItsWay.has(nameOf(each))),
  );
  // The alarm stays set until all has been told: a reset may cut it off.
  if (news.length > 0 || onItsWay.size > 0) host.alarms.set(OWED, host.now() + RETRY_MS);
  if (news.length === 0) return;
  host.background(tellAll(host, news, telling));
}

async function tellAll(host: Host, news: readonly News[], telling: Telling): Promise<void> {
  const { onItsWay } = telling;
  for (const each of news) onItsWay.add(nameOf(each));
  const byPlace = Map.groupBy(news, ({ place }) => place);
  await Promise.all(
    [...byPlace].map(async ([place, some]) => {
      for (const [state, seats] of Map.groupBy(some, (each) => each.state)) {
        if (!(await tell(host, place, state, seats))) telling.failed = true;
      }
    }),
  );
  for (const each of news) onItsWay.delete(nameOf(each));
  forgetPlaces(host);
  if (onItsWay.size > 0) return;
  const { failed } = telling;
  telling.failed = false;
  if (failed) return;
  host.alarms.clear(OWED);
  // What has changed meanwhile.
  reconcile(host);
}

/** Tells a place of some seats. Returns whether it knows. */
async function tell(
  host: Host,
  place: string,
  state: News["state"],
  seats: readonly News[],
): Promise<boolean> {
  const message = { seats: seats.map(({ seat }) => seat), are: NAMES[state] };
  try {
    await host.places.send(place, "place.sockets", message);
  } catch (error) {
    const isAway = error instanceof PeerUnreachable;
    if (!isAway) host.log("error", "defect", { kind: "place.sockets", error: String(error) });
    return false;
  }
  for (const { seat, claims } of seats) {
    const key = keyOf(seat, place);
    const known = host.storage.get<Seat>(key);
    // What was claimed meanwhile reaches the place after this, and has to be told of again.
    if (!known || known.claims !== claims) continue;
    if (state === "gone") host.storage.delete(key);
    else if (known.told !== state) host.storage.put(key, { ...known, told: state });
  }
  return true;
}

/** What a place calls the states of a socket. */
const NAMES = { live: "back", away: "away", gone: "gone" } as const;

/** All seats, with what has become of their sockets. */
function allNews(host: Host): News[] {
  const lines = host.lines.all();
  return seatsOf(host).map((seat) => ({ ...seat, state: standingOf(host, seat.seat, lines) }));
}

const nameOf = ({ seat, place, state, claims }: News) =>
  JSON.stringify([seat, place, state, claims]);

/** The alarms: what is owed to places, and the look for sockets that vanished. */
export function onAlarm(host: Host, name: string): void {
  watchOn(host, name);
  reconcile(host);
}
