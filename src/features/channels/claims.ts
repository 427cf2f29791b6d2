/** What is asked of a channel's object, and the seat that is written down for it before. */
import { refuse } from "../../protocol/errors.ts";
import type { Host } from "../feature.ts";
import { PeerUnreachable } from "../feature.ts";
import type { PlaceMessages } from "../place.ts";
import { reconcile } from "../seat-news.ts";
import { isTaken, keepSeat, seatAt, seatsOf, type Seat } from "../seats.ts";

const failures = {
  "place.listen": "Failed to subscribe",
  "place.publish": "Failed to publish",
  "place.presence": "Failed to update presence",
} as const;

/** Writes a seat down before the channel hears of it, unless the connection has too many. */
export function claim(host: Host, seat: string, place: string, change: Partial<Seat>): void {
  const before = seatAt(host, seat, place);
  // The place may take the socket of this for live, whatever it was told.
  const told = host.lines.all().get(seat) === "live" ? before.told : "live";
  const wanted = { ...before, ...change, told, claims: (before.claims ?? 0) + 1 };
  const isNew = !isTaken(before) && isTaken(wanted);
  if (isNew && seatsOf(host, `${seat}:`).length >= host.settings.maxChannels) {
    throw refuse.tooManyChannels();
  }
  keepSeat(host, wanted);
}

/**
 * Sees to it that the channel hears of a socket that was lost while it was asked: it may have been told
 * before, and now think otherwise.
 */
export function assure(host: Host, seat: string, place: string, claimed: Partial<Seat>): void {
  if (host.lines.all().get(seat) === "live") return;
  keepSeat(host, { ...seatAt(host, seat, place), ...claimed, told: "live" });
  reconcile(host);
}

/** Asks a channel's object. What is out of reach becomes the refusal of that kind of request. */
export async function ask<K extends keyof typeof failures>(
  host: Host,
  place: string,
  kind: K,
  message: PlaceMessages[K]["message"],
): Promise<PlaceMessages[K]["reply"]> {
  try {
    return await host.places.send(place, kind, message);
  } catch (error) {
    throw error instanceof PeerUnreachable ? refuse.failed(failures[kind], error) : error;
  }
}
