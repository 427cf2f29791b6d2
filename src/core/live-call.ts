/** What a user's object remembers of the call that its user is in. Pure. */
import type { CallState, Role } from "../protocol/calls.ts";
import type { CallerRoute } from "./push.ts";
import type { UserInfo } from "../protocol/user-info.ts";

/** Version of the stored shape; raise it together with a reader for the older one. */
export const LIVE_CALL_VERSION = 1;

/**
 * A call as one side sees it. The caller's object has the last word on whether the call still
 * lives; the store only decides who was first to take two users.
 *
 * Times are milliseconds since the epoch.
 */
export interface LiveCall {
  readonly version: typeof LIVE_CALL_VERSION;
  readonly session: string;
  readonly role: Role;
  readonly state: CallState;
  readonly peer: string;
  readonly peerInfo?: UserInfo;
  /** End of ringing. Checked on every path, since an alarm may be late. */
  readonly ringUntil: number;
  /**
   * The device the call belongs to on this side: the calling one, or the one that accepted. A callee
   * that is still being rung has none: every device rings.
   */
  readonly device?: string;
  /**
   * End of the grace, while the device is away or its new socket has not yet claimed the call. For a
   * ringing callee: while none of its devices is connected.
   */
  readonly graceUntil?: number;
  /** This grace has been stretched once for a socket that came at its end. */
  readonly stretched?: boolean;
  /** Caller only: `call.ringing` went out, so that `call.accepted` may follow it. */
  readonly announced?: boolean;
  /** Callee only: who accepted, until the caller's object has heard of it. */
  readonly unconfirmed?: UserInfo;
  /** Ringing callee only: devices that asked not to hear of it. */
  readonly ignored?: readonly string[];
  /** Ringing callee only: devices that were lost while they rang, and until when each is waited for. */
  readonly missed?: readonly { readonly device: string; readonly until: number }[];
  /** Ringing callee only: a push route that the caller knows. */
  readonly wake?: CallerRoute;
  /** The caller wants to hear how far the ring gets. */
  readonly progress?: true;
  /**
   * Accepted without a socket: while the accepting device has none, any socket of the user may claim
   * the call by naming it.
   */
  readonly unclaimed?: true;
  /** Caller only: the reference of the start, until `call.ringing` has carried it back. */
  readonly ref?: string;
}

/** Least time in which a new socket can claim its call, in milliseconds: a slow phone needs some. */
export const CLAIM_FLOOR_MS = 2_000;

/** The call with a field taken away. */
export function without<K extends "graceUntil" | "unconfirmed" | "unclaimed">(
  call: LiveCall,
  key: K,
): LiveCall {
  const { [key]: _, ...rest } = call;
  return rest as LiveCall;
}

/** The call after its device was lost, or the last device of a ringing callee was. */
export function lost(call: LiveCall, now: number, graceMs: number): LiveCall {
  // An unclaimed socket that goes away again does not earn a second grace.
  return call.graceUntil === undefined ? grace(call, now + graceMs) : call;
}

/** The call after one of several ringing devices was lost. */
export function missing(call: LiveCall, device: string, until: number): LiveCall {
  const others = (call.missed ?? []).filter((known) => known.device !== device);
  return { ...call, missed: [...others, { device, until }] };
}

/** The devices of a call that may be away, and until when each is waited for. */
export function awaited(call: LiveCall): readonly { device: string; until: number }[] {
  const { device, graceUntil, missed = [] } = call;
  if (device === undefined) return missed;
  return graceUntil === undefined ? [] : [{ device, until: graceUntil }];
}

/** The call after a new socket of its device appeared, which has yet to claim it. */
export function takenOver(call: LiveCall, now: number, graceMs: number): LiveCall {
  const least = now + CLAIM_FLOOR_MS;
  if (call.graceUntil === undefined) return grace(call, Math.max(now + graceMs, least));
  // Once only: a device that keeps coming and going would hold the call for ever.
  if (call.stretched || call.graceUntil >= least) return call;
  return { ...call, graceUntil: least, stretched: true };
}

function grace(call: LiveCall, graceUntil: number): LiveCall {
  return { ...call, graceUntil, stretched: false };
}

/** Why a call is over by time alone, or nothing while it may live on. */
export function overdue(call: LiveCall, now: number): "timeout" | "lose" | undefined {
  if (call.graceUntil !== undefined && now >= call.graceUntil) return "lose";
  return call.state === "ringing" && now >= call.ringUntil ? "timeout" : undefined;
}
