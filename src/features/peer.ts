/** What users' objects say to each other, and what they answer. */
import type { Ending } from "../core/call.ts";
import type { EndReason } from "../protocol/calls.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import type { Item } from "./place.ts";

/** A call that ended, as one side tells the other. */
export interface Farewell {
  readonly session: string;
  readonly reason: EndReason;
  readonly info?: UserInfo;
}

/** Messages between objects by kind, each with its answer. */
export interface PeerMessages {
  /** Caller → callee: ring every device. */
  "call.ring": {
    message: { session: string; callerInfo: UserInfo; ringUntil: number };
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
    message: { session?: string; callerInfo?: UserInfo };
    reply: { present: boolean; session: "live" | "over" | "unknown" };
  };
  /** Either side → the other: its device is away until `deadline`, or back again. */
  "call.presence": { message: { session: string; deadline?: number }; reply: null };
  /** Either side → the other: signaling as sent, `json` being the payload's text. */
  "call.signal": {
    message: { session: string; type: string; json: string; id?: string };
    /** `full`: the receiver is away and its waiting room is full. */
    reply: "taken" | "over" | "full";
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

/** A message with its kind, as it travels. */
export type PeerMessage = {
  [K in PeerKind]: { readonly kind: K; readonly message: PeerMessages[K]["message"] };
}[PeerKind];
