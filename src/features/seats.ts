/**
 * Which places a connection has to do with. A row is written before a place is asked and deleted only
 * when it has agreed, so that a place always hears of a lost connection, whatever happens in between.
 */
import type { Host } from "./feature.ts";
import { PeerUnreachable } from "./feature.ts";
import type { Listen } from "./place.ts";
import { forgetHeard } from "./heard.ts";
import { standingOf } from "./standing.ts";

const ROW = "seat:";
const OWED = "places:owed";
const WATCH = "places:watch";
const RETRY_MS = 2_000;
/** How often a user with a presence looks for sockets that vanished unnoticed. */
const WATCH_MS = 60_000;

/** One seat at one place. */
export interface Seat {
  readonly place: string;
  readonly seat: string;
  readonly listen: Listen;
  readonly present: boolean;
  /**
   * What a client that resumes has asked for and has no answer to. It asks again, and hears nothing of
   * that before: it could not tell what it belongs to.
   */
  readonly unanswered?: Listen;
  /** What the place was told last about the socket. */
  readonly told: "live" | "away";
  /** How often it was claimed: what a place is told is about what was claimed before. */
  readonly claims?: number;
}

const keyOf = (seat: string, place: string) => `${ROW}${seat}:${place}`;

/** The seats whose key starts like that, or all of them. */
export function seatsOf(host: Host, prefix = ""): Seat[] {
  return [...host.storage.list<Seat>(ROW + prefix)].map(([, seat]) => seat);
}

/** A seat at a place; one that was never taken hears nothing. */
export function seatAt(host: Host, seat: string, place: string): Seat {
  const none = { broadcast: false, presence: false };
  return (
    host.storage.get<Seat>(keyOf(seat, place)) ?? {
      place,
      seat,
      listen: none,
      present: false,
      told: "live",
    }
  );
}

/** What a seat hears as its client knows: what it has an answer for. */
export function heardBy({ listen, unanswered }: Seat): Listen {
  return {
    broadcast: listen.broadcast && unanswered?.broadcast !== true,
    presence: listen.presence && unanswered?.presence !== true,
  };
}

/** A seat has an answer: what it hears from now on follows it. */
export function answered(host: Host, seat: string, place: string): void {
  const { unanswered, ...known } = seatAt(host, seat, place);
  if (unanswered) keepSeat(host, known);
}

/** Whether a seat means anything. */
export function isTaken({ listen, present }: Seat): boolean {
  return listen.broadcast || listen.presence || present;
}

/** Writes a seat down, or forgets it when it means nothing any more. */
export function keepSeat(host: Host, seat: Seat): void {
  const key = keyOf(seat.seat, seat.place);
  if (isTaken(seat)) host.storage.put(key, seat);
  else if (host.storage.get(key) !== undefined) {
    host.storage.delete(key);
    forgetPlaces(host);
  }
  if (seat.present) host.alarms.set(WATCH, nextWatch(host));
}

/**
 * Tells places what has become of the sockets behind their seats. Called whenever sockets come or go;
 * what cannot be told now is told by an alarm.
 */
export function reconcile(host: Host): void {
  const changed = untold(host);
  if (changed.length === 0) return;
  host.alarms.set(OWED, host.now() + RETRY_MS);
  host.background(tellAll(host, changed));
}

async function tellAll(host: Host, seats: readonly Seat[]): Promise<void> {
  const byPlace = Map.groupBy(seats, ({ place }) => place);
  await Promise.all([...byPlace].map(([place, some]) => tellPlace(host, place, some)));
  if (untold(host).length === 0) host.alarms.clear(OWED);
  forgetPlaces(host);
}

/** Forgets what was heard of places that no seat is at any more. */
function forgetPlaces(host: Host): void {
  forgetHeard(host, new Set(seatsOf(host).map(({ place }) => place)));
}

/** Seats whose place does not know yet what has become of their socket. */
function untold(host: Host): Seat[] {
  const lines = host.lines.all();
  return seatsOf(host).filter(({ seat, told }) => standingOf(host, seat, lines) !== told);
}

async function tellPlace(host: Host, place: string, seats: readonly Seat[]): Promise<void> {
  const lines = host.lines.all();
  const byState = Map.groupBy(seats, ({ seat }) => standingOf(host, seat, lines));
  for (const [state, some] of byState) {
    const are = state === "live" ? "back" : state;
    try {
      const names = some.map(({ seat }) => seat);
      await host.places.send(place, "place.sockets", { seats: names, are });
    } catch (error) {
      if (error instanceof PeerUnreachable) return;
      throw error;
    }
    for (const { seat, claims } of some) {
      const key = keyOf(seat, place);
      const known = host.storage.get<Seat>(key);
      // What was claimed meanwhile reaches the place after this, and has to be told of again.
      if (!known || known.claims !== claims) continue;
      if (state === "gone") host.storage.delete(key);
      else host.storage.put(key, { ...known, told: state });
    }
  }
}

const nextWatch = (host: Host) => Math.ceil((host.now() + 1) / WATCH_MS) * WATCH_MS;

/** The alarms: what is owed to places, and the look for sockets that vanished. */
export function onAlarm(host: Host, name: string): void {
  if (name === WATCH && seatsOf(host).some(({ present }) => present)) {
    host.alarms.set(WATCH, nextWatch(host));
  }
  reconcile(host);
}
