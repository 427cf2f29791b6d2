/** Signaling that waits for an absent device, until it returns or the call is over. */
import type { SealedEvent } from "../../protocol/message.ts";
import type { Host } from "../feature.ts";

const WAITING = "wait:";
const ROOM = "room";

/** Most that waits, per call. */
const LIMIT = { messages: 256, bytes: 1_048_576 } as const;

const encoder = new TextEncoder();

/** What waits, counted. */
interface Room {
  readonly messages: number;
  readonly bytes: number;
}

/** Puts an event into the waiting room of an absent device; false when there is no room for it. */
export function wait(host: Host, event: SealedEvent): boolean {
  const room = roomWith(host, event);
  if (room.messages > LIMIT.messages || room.bytes > LIMIT.bytes) return false;
  keepWaiting(host, room, event);
  return true;
}

/** The same for an event that must not be refused: the answer to the user's own request. */
export function waitAnyway(host: Host, event: SealedEvent): void {
  keepWaiting(host, roomWith(host, event), event);
}

/** Empties the waiting room, in order of arrival. */
export function takeWaiting(host: Host): SealedEvent[] {
  if (host.storage.get(ROOM) === undefined) return [];
  const entries = [...host.storage.list<SealedEvent>(WAITING)];
  for (const [key] of entries) host.storage.delete(key);
  host.storage.delete(ROOM);
  return entries.map(([, event]) => event);
}

/** How full the waiting room would be. Kept by itself, so that adding does not read what waits. */
function roomWith(host: Host, { json }: SealedEvent): Room {
  const room = host.storage.get<Room>(ROOM) ?? { messages: 0, bytes: 0 };
  return { messages: room.messages + 1, bytes: room.bytes + encoder.encode(json).byteLength };
}

function keepWaiting(host: Host, room: Room, event: SealedEvent): void {
  host.storage.put(WAITING + String(room.messages).padStart(6, "0"), event);
  host.storage.put(ROOM, room);
}
