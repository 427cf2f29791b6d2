/** Entering chat rooms. */
import { placeOf } from "../../core/place.ts";
import { reconcile } from "../seat-news.ts";
import { keepSeat, seatAt } from "../seats.ts";
import { keepStay, stayOf } from "../standing.ts";
import type { Connection } from "../connection.ts";
import type { Host } from "../feature.ts";
import { PeerUnreachable } from "../feature.ts";

const LISTENING = { broadcast: true, presence: false };

/** Enters a room and leaves the one before. Nothing waits: what is sent next goes to the new room. */
export function enter(host: Host, { line, resume }: Connection, room: string): void {
  if (stayOf(host, line)?.room === room) return;
  const place = placeOf("chat", room);
  const seat = `${line}#${host.uuid()}`;
  keepSeat(host, { ...seatAt(host, seat, place), listen: LISTENING });
  keepStay(host, line, { room, seat });
  // The room before hears of it as it would of a lost socket, so that it surely does.
  reconcile(host);
  const { chatHistory: replay } = host.settings;
  const asked = host.places.send(place, "place.listen", {
    seat,
    listen: LISTENING,
    kept: resume,
    ...(replay > 0 ? { replay } : {}),
  });
  host.background(
    asked.catch((error: unknown) => {
      if (!(error instanceof PeerUnreachable)) throw error;
      // Nobody is left in a room that does not know of them.
      host.lines.breakOff(line);
    }),
  );
}
