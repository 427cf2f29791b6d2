/** What a room is, what may be asked of it, and what comes of that. What peers say stays JSON text. */
import type { LeaveReason } from "../protocol/rooms.ts";
import type { UserInfo } from "../protocol/user-info.ts";

/** An event as it goes to a device: `json` is the text of its payload. */
export interface RoomEvent {
  readonly type: string;
  readonly json: string;
  readonly ref?: string;
}

/** A peer as a room knows it: one device of a user, or one Socket.IO socket. */
export interface RoomPeer {
  /** Public and opaque. */
  readonly id: string;
  /** Address of the object that holds its socket. */
  readonly at: string;
  readonly user?: UserInfo;
  /** What it says of itself: JSON text. */
  readonly info?: string;
}

/** A member. Members stand in the order in which they came. */
export interface Member extends RoomPeer {
  readonly cohost?: true;
}

/** A request for admission that nobody has answered. */
export interface Knock {
  readonly peer: RoomPeer;
  readonly data?: string;
  readonly ref?: string;
  /** When it is taken for unanswered; milliseconds since the epoch. */
  readonly until: number;
}

/** A room that exists: it has at least one member. */
export interface RoomState {
  readonly room: string;
  readonly owner: string;
  readonly members: readonly Member[];
  /** In the order of asking. */
  readonly knocks: readonly Knock[];
  readonly locked: boolean;
  /** Users, or peers without a user, that may not come in. */
  readonly banned: readonly string[];
}

/** Additions that any request may carry: JSON text, and the reference of its answer. */
export interface Extras {
  readonly data?: string;
  readonly ref?: string;
}

/** What peers ask of a room, by kind. `by` and `target` are peer ids. */
interface RoomRequests {
  readonly create: { readonly peer: RoomPeer } & Extras;
  readonly join: { readonly peer: RoomPeer } & Extras;
  readonly accept: { readonly by: string; readonly target: string } & Extras;
  readonly reject: { readonly by: string; readonly target: string } & Extras;
  readonly withdraw: { readonly by: string };
  readonly leave: { readonly by: string; readonly reason: LeaveReason };
  readonly kick: { readonly by: string; readonly target: string };
  readonly ban: { readonly by: string; readonly target: string };
  readonly lock: { readonly by: string; readonly locked: boolean };
  readonly cohost: { readonly by: string; readonly target: string; readonly on: boolean };
  readonly info: { readonly by: string; readonly info: string };
}

/** A kind of request. */
export type RoomRequestKind = keyof RoomRequests;

/** A request of one kind. */
export type RoomRequestOf<K extends RoomRequestKind> = {
  [R in K]: { readonly kind: R } & RoomRequests[R];
}[K];

/** A request of any kind. */
export type RoomRequest = RoomRequestOf<RoomRequestKind>;

/** A description or candidate on its way: `what` names it, `json` is its text. */
export interface Signal {
  readonly by: string;
  readonly target: string;
  readonly what: "description" | "candidate";
  readonly json: string;
  readonly data?: string;
}

/** Why a request was refused. */
export type RoomRefusal = "room_not_found" | "not_authorized" | "no_pending" | "peer_not_found";

/** An event for a peer. `last`: it goes out only when all other events of the same act have arrived. */
export interface Notice {
  readonly to: RoomPeer;
  readonly event: RoomEvent;
  readonly last?: true;
}

/** What becomes of a request. No state: the room is no more. */
export interface Outcome {
  readonly state: RoomState | undefined;
  readonly notices: readonly Notice[];
  readonly refusal?: RoomRefusal;
}

/** What the law asks of the world around it. Times in milliseconds since the epoch. */
export interface Circumstances {
  readonly room: string;
  readonly now: number;
  readonly maxMembers: number;
  readonly knockMs: number;
}

/** A member by its id. */
export function memberOf({ members }: RoomState, id: string): Member | undefined {
  return members.find((member) => member.id === id);
}

/** Members that may admit: the owner and the co-hosts. */
export function hosts(state: RoomState): Member[] {
  return state.members.filter((member) => member.id === state.owner || isCohost(member));
}

/** Whether a peer may admit. */
export function isHost(state: RoomState, id: string): boolean {
  return hosts(state).some((host) => host.id === id);
}

/** Whether a member helps the owner. */
export function isCohost({ cohost }: Member): boolean {
  return cohost === true;
}

/** Whom a ban is about: the user, whatever the device; a peer without a user is itself. */
export function identity({ id, user }: RoomPeer): string {
  return user === undefined ? `peer:${id}` : `user:${user.user_id}`;
}
