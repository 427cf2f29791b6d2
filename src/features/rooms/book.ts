/** What a peer's object remembers of rooms: who its devices are there, where they are, and what waits. */
import { Latest } from "../../core/latest.ts";
import type { SealedEvent } from "../../protocol/message.ts";
import type { Connection } from "../connection.ts";
import type { Host } from "../feature.ts";
import type { RoomAddress } from "../peer.ts";

/** What rooms need of the shell: less than calls do, so that Socket.IO peers can offer it as well. */
export type RoomHost = Pick<
  Host,
  "storage" | "alarms" | "sockets" | "rooms" | "log" | "now" | "uuid" | "background"
> & { readonly settings: Pick<Host["settings"], "graceMs"> };

/** Alarm of a device that may be gone for good. */
export const GONE = "rooms.gone";
const PEER = "rooms:peer:";
const STAY = "rooms:in:";
const PAST = "rooms:past";
const WAITING = "rooms:wait:";
const WAITING_SIZE = "rooms:waiting:";
const SEEN = "rooms:seen";
/** Most rooms left that are remembered, so that a late repetition of their last event is recognised. */
const PAST_KEPT = 32;
const SEEN_KEPT = 64;
/** The same in memory: more than can be on the way at once from all members of a room. */
const TAKEN_KEPT = 1_024;
/** Most that waits for a device that is away. */
const WAITING_LIMIT: Size = { events: 256, bytes: 1_048_576 };
/** The same with what says who is in the room, which signals must not keep out. */
const WAITING_MOST: Size = { events: 512, bytes: 2_097_152 };
/** App of tokens that name none. */
const DEFAULT_APP = "default";

/** A device as rooms know it. */
export interface OwnPeer {
  readonly id: string;
  readonly app: string;
}

/** A peer's part in one room. */
export interface Stay extends RoomAddress {
  readonly peer: string;
  readonly device: string;
  readonly state: "creating" | "asking" | "member";
  /** The other members; empty text for those without a user. */
  readonly people: Readonly<Record<string, string>>;
  /** The owner's peer id, as the peer was told last. */
  readonly owner?: string;
  /** Number of the latest event that was taken. */
  readonly seen: number;
  /** Reference of its latest request to come in. */
  readonly ref?: string;
  /** The device is lost for good; the room has yet to hear of it. */
  readonly gone?: true;
}

const encoder = new TextEncoder();

/** The app whose rooms a connection may use. */
export function appOf({ app }: Connection): string {
  return app ?? DEFAULT_APP;
}

/** Who a device is to rooms; nothing before it first asked for one. */
export function ownPeer(host: RoomHost, device: string): OwnPeer | undefined {
  return host.storage.get<OwnPeer>(PEER + device);
}

/** Who a connection's device is to rooms. Made at the first time of asking. */
export function peerOf(host: RoomHost, connection: Connection): OwnPeer {
  const known = ownPeer(host, connection.device);
  if (known) return known;
  const peer = { id: host.uuid(), app: appOf(connection) };
  namePeer(host, connection.device, peer);
  // The socket may be lost already while its requests wait: nobody will say so again.
  if (!host.sockets.of(connection.device)) mournLater(host, connection.device);
  return peer;
}

/** Gives a lost device the grace; an alarm then ends its parts in rooms. */
export function mournLater(host: RoomHost, device: string): void {
  host.alarms.set(`${GONE}:${device}`, host.now() + host.settings.graceMs);
}

/** Says who a device is to rooms. */
export function namePeer(host: RoomHost, device: string, peer: OwnPeer): void {
  host.storage.put(PEER + device, peer);
}

/** Forgets who a device is: the next time it will be another peer. */
export function forgetPeer(host: RoomHost, device: string): void {
  host.storage.delete(PEER + device);
}

/** All that this object's devices are part of. */
export function allStays(host: RoomHost): Stay[] {
  return [...host.storage.list<Stay>(STAY)].map(([, stay]) => stay);
}

/** What one peer is part of. */
export function staysOf(host: RoomHost, peer: string): Stay[] {
  return [...host.storage.list<Stay>(`${STAY}${peer}:`)].map(([, stay]) => stay);
}

/** A peer's part in a room. */
export function stayIn(host: RoomHost, peer: string, room: string): Stay | undefined {
  return host.storage.get<Stay>(keyOf({ peer, room }));
}

/** Writes a part in a room down. */
export function putStay(host: RoomHost, stay: Stay): void {
  host.storage.put(keyOf(stay), stay);
}

/** Ends a part in a room. */
export function endStay(host: RoomHost, stay: Stay): void {
  const seen = Math.max(stay.seen, seenIn(host, stay.peer, stay.room));
  host.storage.delete(keyOf(stay));
  const past = (host.storage.get<[string, number][]>(PAST) ?? []).filter(
    ([key]) => key !== keyOf(stay),
  );
  host.storage.put(PAST, [[keyOf(stay), seen], ...past].slice(0, PAST_KEPT));
}

/** Number of the latest event that a peer took in a room, also in one that it has left. */
export function seenIn(host: RoomHost, peer: string, room: string): number {
  const past = host.storage.get<[string, number][]>(PAST) ?? [];
  const left = past.find(([key]) => key === keyOf({ peer, room }));
  return Math.max(stayIn(host, peer, room)?.seen ?? 0, left?.[1] ?? 0);
}

/** What names the answer to a peer's request here. */
export const answerOf = (peer: string, ref = "") => `${peer} ${ref}`;

/** A room that a peer shares with another. */
export function sharedRoom(host: RoomHost, peer: string, other: string): string | undefined {
  return staysOf(host, peer).find(({ people }) => Object.hasOwn(people, other))?.room;
}

/** Whether one of this object's devices is in a room with a user, who may be the own one. */
export function sharesRoomWith(host: RoomHost, user: string, self: string): boolean {
  return allStays(host).some(
    ({ state, gone, people }) =>
      state === "member" &&
      gone !== true &&
      (user === self || Object.values(people).includes(user)),
  );
}

/**
 * Whether a relayed request has been taken before. Remembers it: in memory for a repetition on the way,
 * and in a row where it is `lasting`, since its sender may make it again after a reset.
 */
export function takenBefore(host: RoomHost, id: string, lasting: boolean): boolean {
  const recent = taken.get(host) ?? new Latest<true>(TAKEN_KEPT);
  taken.set(host, recent);
  const seen = lasting ? (host.storage.get<string[]>(SEEN) ?? []) : [];
  if (recent.get(id) || seen.includes(id)) return true;
  recent.set(id, true);
  if (lasting) host.storage.put(SEEN, [id, ...seen].slice(0, SEEN_KEPT));
  return false;
}

const taken = new WeakMap<RoomHost, Latest<true>>();

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** Keeps an event for a device that is away; false when there is no room for it. `isNews`: it is no signal. */
export function keep(host: RoomHost, device: string, event: SealedEvent, isNews = false): boolean {
  const limit = isNews ? WAITING_MOST : WAITING_LIMIT;
  const before = host.storage.get<Size>(WAITING_SIZE + device) ?? { events: 0, bytes: 0 };
  const size = {
    events: before.events + 1,
    bytes: before.bytes + encoder.encode(event.json).byteLength,
  };
  if (size.events > limit.events || size.bytes > limit.bytes) return false;
  host.storage.put(waitingOf(device) + String(size.events).padStart(6, "0"), event);
  host.storage.put(WAITING_SIZE + device, size);
  return true;
}

/** Takes what waits for a device, in order of arrival. */
export function takeKept(host: RoomHost, device: string): SealedEvent[] {
  if (host.storage.get(WAITING_SIZE + device) === undefined) return [];
  const entries = [...host.storage.list<SealedEvent>(waitingOf(device))];
  for (const [key] of entries) host.storage.delete(key);
  host.storage.delete(WAITING_SIZE + device);
  return entries.map(([, event]) => event);
}

const keyOf = ({ peer, room }: Pick<Stay, "peer" | "room">) => `${STAY}${peer}:${room}`;

/** Device names are anybody's text: quoted, so that none is the beginning of another. */
const waitingOf = (device: string) => `${WAITING}${JSON.stringify(device)}:`;
