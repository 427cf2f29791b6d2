/**
 * Which places a connection has to do with. A row is written before a place is asked and deleted only
 * when it has agreed, so that a place always hears of a lost connection, whatever happens in between.
 */
import type { Host } from "./feature.ts";
import type { Listen } from "./place.ts";
import { forgetHeard } from "./heard.ts";

const ROW = "seat:";
const WATCH = "places:watch";
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
  readonly unanswered?: Listen | undefined;
  /** What the place was told last about the socket. */
  readonly told: "live" | "away";
  /** How often it was claimed: what a place is told is about what was claimed before. */
  readonly claims?: number;
}

/** Key of a seat's row. */
export const keyOf = (seat: string, place: string) => `${ROW}${seat}:${place}`;

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

/** Forgets what was heard of places that no seat is at any more. */
export function forgetPlaces(host: Host): void {
  forgetHeard(host, new Set(seatsOf(host).map(({ place }) => place)));
}

/** Keeps looking for sockets that vanished, while somebody may be shown by one. */
export function watchOn(host: Host, name: string): void {
  if (name !== WATCH || !seatsOf(host).some(({ present }) => present)) return;
  host.alarms.set(WATCH, nextWatch(host));
}

const nextWatch = (host: Host) => Math.ceil((host.now() + 1) / WATCH_MS) * WATCH_MS;
