/** What happens to a room: the steps that its rules (room.ts) are made of. */
import { roomTexts, type LeaveReason } from "../protocol/rooms.ts";
import {
  createdEvent,
  createRejected,
  joinRejected,
  joinRequested,
  peerLeft,
} from "./room-events.ts";
import {
  isCohost,
  type Circumstances,
  type Extras,
  type Notice,
  type Outcome,
  type RoomPeer,
  type RoomRefusal,
  type RoomState,
} from "./room-state.ts";

/** Makes a room, unless there is one of that name. */
export function create(
  state: RoomState | undefined,
  peer: RoomPeer,
  extra: Extras,
  { room }: Circumstances,
): Outcome {
  if (state) return told(state, [{ to: peer, event: createRejected(roomTexts.taken, extra) }]);
  const next: RoomState = {
    room,
    owner: peer.id,
    members: [peer],
    knocks: [],
    locked: false,
    banned: [],
  };
  return told(next, [{ to: peer, event: createdEvent(room, peer, extra) }]);
}

/** Takes members out. Of the rest, the first co-host, else the one that came first, succeeds the owner. */
export function removal(state: RoomState, ids: readonly string[], reason: LeaveReason): Outcome {
  const gone = state.members.filter(({ id }) => ids.includes(id));
  const rest = state.members.filter(({ id }) => !ids.includes(id));
  const heir = rest.find(({ id }) => id === state.owner) ?? rest.find(isCohost) ?? rest[0];
  if (!heir) {
    const asked = state.knocks.map((knock) => rejection(state.room, knock, "notFound"));
    return told(undefined, asked);
  }
  const { cohost: _, ...owner } = heir;
  const members = rest.map((member) => (member === heir ? owner : member));
  const next = { ...state, owner: owner.id, members };
  return told(next, [
    ...gone.flatMap((peer) => {
      const event = peerLeft(state.room, peer, reason, owner.id);
      const hearers = reason === "kicked" ? [...members, peer] : members;
      return hearers.map((to) => ({ to, event }));
    }),
    ...(owner.id === state.owner ? [] : requestsFor(next, owner)),
  ]);
}

/** The unanswered requests, for somebody who may answer them from now on. */
export function requestsFor({ room, knocks }: RoomState, to: RoomPeer): Notice[] {
  return knocks.map((knock) => ({ to, event: joinRequested(room, knock) }));
}

/** What tells somebody that there is no way in. */
export function rejection(
  room: string,
  { peer, ...extra }: { readonly peer: RoomPeer } & Extras,
  why: keyof typeof roomTexts,
): Notice {
  return { to: peer, event: joinRejected(room, roomTexts[why], extra) };
}

/** What comes of a request that was granted. */
export const told = (state: RoomState | undefined, notices: readonly Notice[]): Outcome => ({
  state,
  notices,
});

/** What comes of a request that was not. */
export const refused = (state: RoomState | undefined, refusal: RoomRefusal): Outcome => ({
  state,
  notices: [],
  refusal,
});
