/** What objects say to each other, and what they answer. */
import type { Ending } from "../core/call.ts";
import type { CallerRoute } from "../core/push.ts";
import type { RoomEvent, RoomRefusal, RoomRequest, Signal } from "../core/room-state.ts";
import type { EndReason } from "../protocol/calls.ts";
import type { Stage } from "../protocol/push.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import type { Item } from "./place.ts";

/** A call that ended, as one side tells the other. */
export interface Farewell {
  readonly session: string;
  readonly reason: EndReason;
  readonly info?: UserInfo;
}

/** What a caller wants besides the ring itself. */
export interface Wish {
  /** A push route of the callee that the caller knows. */
  readonly wake?: CallerRoute;
  /** Say how far the ring gets. */
  readonly progress?: true;
}

/** What a room says to a request. */
export type RoomReply = RoomRefusal | "done" | "answered";

/** Where a room is: names belong to an app. */
export interface RoomAddress {
  readonly app: string;
  readonly room: string;
}

/** Names a relayed request, so that a repetition is recognised. */
interface RelayId {
  readonly id?: string;
  /** Its sender may make it again much later. */
  readonly lasting?: true;
}

/** Messages between objects by kind, each with its answer. */
export interface PeerMessages {
  /** Caller → callee: ring every device. */
  "call.ring": {
    message: { session: string; callerInfo: UserInfo; ringUntil: number } & Wish;
    /** `over`: the callee knows already that this call has ended. */
    reply: "ringing" | "offline" | "busy" | "over";
  };
  /** Callee → caller: a device took the call. */
  "call.accepted": {
    message: { session: string; info: UserInfo };
    reply: { ok: true } | { ok: false; reason: EndReason | undefined };
  };
  /** Callee → caller: asks to end the call; the caller's object has the last word. */
  "call.finish": {
    message: Farewell & { action: Ending };
    /** `over`: it had ended already, for that reason. `state`: the table forbids it now. */
    reply:
      | { outcome: "ended" }
      | { outcome: "state" }
      | { outcome: "over"; reason: EndReason | undefined };
  };
  /** Caller → callee: the call is over. */
  "call.ended": { message: Farewell; reply: null };
  /** Any user → callee: is anybody there, and what about that session? */
  "call.probe": {
    message: { session?: string; callerInfo?: UserInfo; wake?: CallerRoute };
    reply: { present: boolean; session: "live" | "over" | "unknown" };
  };
  /** Either side → the other: its device is away until `deadline`, or back again. */
  "call.presence": { message: { session: string; deadline?: number }; reply: null };
  /** Callee → caller: how far the ring got on one of the callee's devices. */
  "call.progress": {
    message: { session: string; stage: Stage; device?: string };
    reply: null;
  };
  /** New owner of a push token → the owner before: it is not yours any more, since that turn. */
  "push.moved": { message: { hash: string; turn: number }; reply: null };
  /** Either side → the other: signaling as sent, `json` being the payload's text. */
  "call.signal": {
    message: { session: string; type: string; json: string; id?: string };
    /** `full`: the receiver is away and its waiting room is full. */
    reply: "taken" | "over" | "full";
  };
  /** User → user: a direct message, `json` being its fields but for the type. */
  "direct.message": {
    message: { type: string; json: string; id?: string };
    reply: "taken" | "offline";
  };
  /** Peer → room: a request. The id tells a repetition. */
  "room.request": {
    message: RoomAddress & { id: string; request: RoomRequest };
    /** `answered`: an event with the request's reference is on its way to who asked. */
    reply: RoomReply;
  };
  /** Peer → room: signaling for another member. */
  "room.relay": {
    message: RoomAddress & RelayId & { signal: Signal };
    /** `full`: the receiver is away and has no room left. `failed`: it could not be reached. */
    reply: RoomRefusal | "taken" | "full" | "failed";
  };
  /** Room → peer: an event for one of its devices. Numbers rise, and tell a repetition. */
  "room.event": {
    message: RoomAddress & RelayId & { peer: string; event: RoomEvent; number?: number };
    /** `gone`: no such peer is here. */
    reply: "taken" | "full" | "gone";
  };
  /** Place → user: events for some of its seats. The answer names seats that nobody sits on. */
  "place.events": {
    message: {
      readonly place: string;
      /** Names the run of the items' numbers. */
      readonly epoch: string;
      readonly items: readonly Item[];
      /** Seats that could not keep up: their sockets are to be closed. */
      readonly broken?: readonly string[];
    };
    reply: { readonly empty: readonly string[] };
  };
}

export type PeerKind = keyof PeerMessages;

/** What rooms are told; all else is for users. */
export type RoomKind = "room.request" | "room.relay";

/** A message with its kind, as it travels. */
export type PeerMessage = {
  [K in PeerKind]: { readonly kind: K; readonly message: PeerMessages[K]["message"] };
}[PeerKind];
