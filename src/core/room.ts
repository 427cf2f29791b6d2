/**
 * The law of a room: who may do what, and who is told. Pure: no clock, no waiting, no storage. What
 * peers say of themselves and to each other stays JSON text from end to end.
 */
import { roomTexts } from "../protocol/rooms.ts";
import { create, refused, rejection, removal, requestsFor, told } from "./room-changes.ts";
import {
  joinedEvent,
  joinRejected,
  joinRequested,
  peerJoined,
  signalEvent,
} from "./room-events.ts";
import {
  hosts,
  identity,
  isHost,
  memberOf,
  type Circumstances,
  type Extras,
  type Knock,
  type Member,
  type Notice,
  type Outcome,
  type RoomPeer,
  type RoomRefusal,
  type RoomRequest,
  type RoomRequestKind,
  type RoomRequestOf,
  type RoomState,
  type Signal,
} from "./room-state.ts";

/** Most unanswered requests of a room. */
const MAX_KNOCKS = 128;

type Rule<K extends RoomRequestKind> = (
  state: RoomState,
  request: RoomRequestOf<K>,
  around: Circumstances,
) => Outcome;

/** Judges a request and says what follows. */
export function act(
  state: RoomState | undefined,
  request: RoomRequest,
  around: Circumstances,
): Outcome {
  if (request.kind === "create") return create(state, request.peer, request, around);
  if (state === undefined) {
    if (request.kind !== "join") return refused(undefined, "room_not_found");
    return told(undefined, [rejection(around.room, request, "notFound")]);
  }
  const rule = rules[request.kind] as Rule<RoomRequestKind>;
  return rule(state, request, around);
}

/** Ends requests that nobody answered in time. */
export function lapse(state: RoomState, now: number): Outcome {
  const late = state.knocks.filter(({ until }) => until <= now);
  const knocks = state.knocks.filter((knock) => !late.includes(knock));
  return told(
    { ...state, knocks },
    late.map(({ peer, ref }) => ({
      to: peer,
      event: joinRejected(state.room, roomTexts.timeout, { ref }),
    })),
  );
}

/** Judges a signal: the notice for its receiver, or why there is none. */
export function relay(state: RoomState | undefined, signal: Signal): Notice | RoomRefusal {
  if (state === undefined) return "room_not_found";
  const from = memberOf(state, signal.by);
  if (!from) return "not_authorized";
  const to = memberOf(state, signal.target);
  if (!to || to === from) return "peer_not_found";
  return { to, event: signalEvent(state.room, from, signal) };
}

const rules: { readonly [K in Exclude<RoomRequestKind, "create">]: Rule<K> } = {
  join: (state, request, { now, maxMembers, knockMs }) => {
    const { peer, data, ref } = request;
    const member = memberOf(state, peer.id);
    if (member) return told(state, [{ to: member, event: joinedEvent(state, member, { ref }) }]);
    const others = state.knocks.filter((knock) => knock.peer.id !== peer.id);
    const isFull = state.members.length >= maxMembers || others.length >= MAX_KNOCKS;
    const closed = state.banned.includes(identity(peer))
      ? "banned"
      : state.locked
        ? "locked"
        : isFull
          ? "full"
          : undefined;
    if (closed) return told({ ...state, knocks: others }, [rejection(state.room, request, closed)]);
    const knock: Knock = { peer, until: now + knockMs, ...extras({ data, ref }) };
    return told(
      { ...state, knocks: [...others, knock] },
      hosts(state).map((host) => ({ to: host, event: joinRequested(state.room, knock) })),
    );
  },

  accept: (state, { by, target, data, ref }, { maxMembers }) => {
    if (!isHost(state, by)) return refused(state, "not_authorized");
    const knock = state.knocks.find(({ peer }) => peer.id === target);
    if (!knock) return refused(state, "no_pending");
    const knocks = state.knocks.filter((other) => other !== knock);
    const { peer } = knock;
    if (state.members.length >= maxMembers) {
      return told({ ...state, knocks }, [rejection(state.room, knock, "full")]);
    }
    const next = { ...state, knocks, members: [...state.members, peer] };
    return told(next, [
      ...state.members.map((to) => ({
        to,
        event: peerJoined(state.room, peer, { data, ref: to.id === by ? ref : undefined }),
      })),
      { to: peer, event: joinedEvent(next, peer, { data, ref: knock.ref }), last: true },
    ]);
  },

  reject: (state, { by, target, data }) => {
    if (!isHost(state, by)) return refused(state, "not_authorized");
    const knock = state.knocks.find(({ peer }) => peer.id === target);
    if (!knock) return refused(state, "no_pending");
    const event = joinRejected(state.room, roomTexts.rejected, { data, ref: knock.ref });
    const knocks = state.knocks.filter((other) => other !== knock);
    return told({ ...state, knocks }, [{ to: knock.peer, event }]);
  },

  withdraw: (state, { by }) => {
    const knocks = state.knocks.filter(({ peer }) => peer.id !== by);
    if (knocks.length === state.knocks.length) return refused(state, "no_pending");
    return told({ ...state, knocks }, []);
  },

  leave: (state, { by, reason }) => {
    const knocks = state.knocks.filter(({ peer }) => peer.id !== by);
    if (memberOf(state, by)) return removal({ ...state, knocks }, [by], reason);
    // Who only asked has nothing to leave, but takes its request with it when its socket is lost.
    if (reason === "disconnected") return told({ ...state, knocks }, []);
    return refused(state, "not_authorized");
  },

  kick: (state, { by, target }) => {
    if (by !== state.owner) return refused(state, "not_authorized");
    if (target === by || !memberOf(state, target)) return refused(state, "peer_not_found");
    return removal(state, [target], "kicked");
  },

  ban: (state, { by, target }) => {
    if (by !== state.owner) return refused(state, "not_authorized");
    const who =
      memberOf(state, target) ?? state.knocks.find(({ peer }) => peer.id === target)?.peer;
    const owner = memberOf(state, by);
    if (!who || !owner || identity(who) === identity(owner))
      return refused(state, "peer_not_found");
    const isBanned = (peer: RoomPeer) => identity(peer) === identity(who);
    const turned = state.knocks.filter(({ peer }) => isBanned(peer));
    const next = {
      ...state,
      knocks: state.knocks.filter((knock) => !turned.includes(knock)),
      banned: [...new Set([...state.banned, identity(who)])],
    };
    const gone = state.members.filter(isBanned).map(({ id }) => id);
    const left = removal(next, gone, "kicked");
    const rejections = turned.map((knock) => rejection(state.room, knock, "banned"));
    return { ...left, notices: [...left.notices, ...rejections] };
  },

  lock: (state, { by, locked }) =>
    by === state.owner ? told({ ...state, locked }, []) : refused(state, "not_authorized"),

  cohost: (state, { by, target, on }) => {
    if (by !== state.owner) return refused(state, "not_authorized");
    const member = memberOf(state, target);
    if (!member || target === by) return refused(state, "peer_not_found");
    const { cohost = false, ...plain } = member;
    if (cohost === on) return told(state, []);
    const changed: Member = on ? { ...plain, cohost: true } : plain;
    const members = state.members.map((other) => (other === member ? changed : other));
    return told({ ...state, members }, on ? requestsFor(state, member) : []);
  },

  info: (state, { by, info }) => {
    const informed = <T extends RoomPeer>(peer: T): T =>
      peer.id === by ? { ...peer, info } : peer;
    const members = state.members.map(informed);
    const knocks = state.knocks.map((knock) => ({ ...knock, peer: informed(knock.peer) }));
    return told({ ...state, members, knocks }, []);
  },
};

/** Drops what is absent, which is not the same as undefined to the compiler. */
function extras({ data, ref }: { data: string | undefined; ref: string | undefined }): Extras {
  return { ...(data === undefined ? {} : { data }), ...(ref === undefined ? {} : { ref }) };
}
