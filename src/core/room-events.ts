/** The events of a room, spelled out once for all who get them. Parts that are not ours stay text. */
import type { LeaveReason } from "../protocol/rooms.ts";
import type { Knock, Member, RoomEvent, RoomPeer, RoomState, Signal } from "./room-state.ts";

/** What of a request comes back in its answer. */
interface Extra {
  readonly data?: string | undefined;
  readonly ref?: string | undefined;
}

/** Fields by name, each as JSON text; absent ones are left out. */
type Fields = Readonly<Record<string, string | undefined>>;

const text = (value: unknown) => JSON.stringify(value);

function object(fields: Fields): string {
  const present = Object.entries(fields).filter(([, json]) => json !== undefined);
  return `{${present.map(([name, json]) => `${text(name)}:${json}`).join(",")}}`;
}

function spell(type: string, fields: Fields, ref?: string): RoomEvent {
  const json = object(fields);
  return ref === undefined ? { type, json } : { type, json, ref };
}

/** To the maker of a room. */
export function createdEvent(room: string, { id }: RoomPeer, { data, ref }: Extra): RoomEvent {
  return spell("room.created", { room: text(room), peer_id: text(id), data }, ref);
}

/** To who could not make a room. */
export function createRejected(message: string, { data, ref }: Extra): RoomEvent {
  return spell("room.create_rejected", { message: text(message), data }, ref);
}

/** To those who may admit. */
export function joinRequested(room: string, { peer, data }: Knock): RoomEvent {
  return spell("room.join_requested", { room: text(room), ...about(peer), data });
}

/** To a new member, and to one that asks again. */
export function joinedEvent(state: RoomState, { id }: RoomPeer, { data, ref }: Extra): RoomEvent {
  const others = state.members.filter((member) => member.id !== id);
  const cohosts = state.members.filter(({ cohost }) => cohost === true).map((member) => member.id);
  const users = others.flatMap(({ id: other, user }) => (user ? [[other, user] as const] : []));
  return spell(
    "room.joined",
    {
      room: text(state.room),
      peer_id: text(id),
      owner_id: text(state.owner),
      peers: text(others.map((member) => member.id)),
      peersinfo: object(Object.fromEntries(others.map((member) => [member.id, infoOf(member)]))),
      users: text(Object.fromEntries(users)),
      locked: state.locked ? "true" : undefined,
      cohosts: cohosts.length === 0 ? undefined : text(cohosts),
      data,
    },
    ref,
  );
}

/** To who finds no way in. */
export function joinRejected(room: string, message: string, { data, ref }: Extra): RoomEvent {
  return spell("room.join_rejected", { room: text(room), message: text(message), data }, ref);
}

/** To the other members. */
export function peerJoined(room: string, peer: RoomPeer, { data, ref }: Extra): RoomEvent {
  return spell("room.peer_joined", { room: text(room), ...about(peer), data }, ref);
}

/** To the other members, and to who was removed. */
export function peerLeft(
  room: string,
  { id, info }: RoomPeer,
  reason: LeaveReason,
  owner: string,
): RoomEvent {
  return spell("room.peer_left", {
    room: text(room),
    peer_id: text(id),
    reason: text(reason),
    owner_id: text(owner),
    peerinfo: info,
  });
}

/** To the receiver of a signal. */
export function signalEvent(room: string, from: RoomPeer, { what, json, data }: Signal): RoomEvent {
  return spell("room.signal", {
    room: text(room),
    peer_id: text(from.id),
    [what]: json,
    peerinfo: from.info,
    data,
  });
}

function about({ id, user, info }: RoomPeer): Fields {
  return { peer_id: text(id), user: user && text(user), peerinfo: info };
}

/**
 * What a member says of itself, in the form that existing clients read: an object as its own keys and a
 * copy of itself under `peerinfo`, anything else as it is, nothing as `{}`.
 */
function infoOf({ info }: Member): string {
  if (info === undefined) return "{}";
  const value: unknown = JSON.parse(info);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return info;
  return text({ ...value, peerinfo: value });
}
