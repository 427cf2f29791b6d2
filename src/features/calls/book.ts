/**
 * A user's place in calls, as stored: the live call, starts that are asked for, and the calls that are
 * known to be over. Everything here is synchronous, so no other event comes between.
 */
import type { EndReason } from "../../protocol/calls.ts";
import { LIVE_CALL_VERSION, overdue, type LiveCall } from "../../core/live-call.ts";
import type { Connection } from "../connection.ts";
import type { Host } from "../feature.ts";
import { takeWaiting } from "./waiting-room.ts";

const CALL = "call";
const START = "start:";
const OVER = "over";
const SEEN = "seen";

/** How many relayed requests are remembered, to recognise one that comes again. */
const SEEN_KEPT = 64;
/** How many ended calls a user's object remembers; late messages for them need no look-up. */
const REMEMBERED = 8;
/** A callee leaves the ring timeout to the caller's object, unless that is late by this much. */
const CALLEE_SLACK_MS = 3_000;
/** How soon the caller's object is told again that a call was accepted, if it has not confirmed. */
const CONFIRM_MS = 3_000;
/** How often an established call is looked after. */
export const REFRESH_MS = 120_000;
/** How long the store's records of an established call hold without being refreshed. */
export const ESTABLISHED_HOLD_MS = 300_000;

interface Ended {
  readonly session: string;
  readonly reason: EndReason;
  /** Its start was answered by `call.ringing`. */
  readonly announced?: boolean;
}

/** The call this user is in, if any. */
export function liveCall(host: Host): LiveCall | undefined {
  const call = host.storage.get<LiveCall>(CALL);
  return call?.version === LIVE_CALL_VERSION ? call : undefined;
}

/** Remembers the call and sets the alarms that its deadlines ask for. */
export function saveCall(host: Host, call: LiveCall): LiveCall {
  host.storage.put(CALL, call);
  const deadlines = [call.graceUntil ?? Infinity];
  if (call.state === "ringing") {
    deadlines.push(call.ringUntil + (call.role === "callee" ? CALLEE_SLACK_MS : 0));
  }
  if (call.unconfirmed) deadlines.push(host.now() + CONFIRM_MS);
  const next = Math.min(...deadlines);
  if (next === Infinity) host.alarms.clear("call");
  else host.alarms.set("call", next);
  return call;
}

/**
 * Remembers a call that the store is being asked for. Whoever joins such a call may hear from the
 * store before its own caller does.
 */
export function saveStart(host: Host, call: LiveCall): void {
  for (const [key, { ringUntil }] of host.storage.list<LiveCall>(START)) {
    // Left over from a reset.
    if (ringUntil < host.now()) host.storage.delete(key);
  }
  host.storage.put(START + call.session, call);
}

/** The call of that start, as long as the socket that wants it is there. */
export function startOf(host: Host, session: string): LiveCall | undefined {
  const call = host.storage.get<LiveCall>(START + session);
  return call?.device !== undefined && host.sockets.reaches(call.device) ? call : undefined;
}

/** Forgets a start that has become a call, or nothing. */
export function forgetStart(host: Host, session: string): void {
  host.storage.delete(START + session);
}

/** Gives up the starts of a device: who asked for them has gone away for good. */
export function giveUpStarts(host: Host, device: string): void {
  for (const [, start] of host.storage.list<LiveCall>(START)) {
    // One that the callee has joined is a call already.
    if (start.device !== device || liveCall(host)?.session === start.session) continue;
    forgetStart(host, start.session);
    rememberOver(host, start.session, "peer_disconnected");
  }
}

/** Forgets the live call, and remembers that it is over. */
export function forgetCall(host: Host, call: LiveCall, reason: EndReason, by?: Connection): void {
  host.storage.delete(CALL);
  takeWaiting(host);
  host.storage.delete(SEEN);
  host.alarms.clear("call");
  host.alarms.clear("refresh");
  rememberOver(host, call.session, reason, call.announced);
  tellSettled(host, call, reason, by);
  host.log("info", "call.over", { session: call.session, role: call.role, reason });
  // Counted where the last word is, so once.
  if (call.role === "caller") host.count("edgering_calls_ended_total", { reason });
  host.expire();
}

/** Tells every feature that a call of this callee rings no more. */
export function tellSettled(host: Host, call: LiveCall, reason: EndReason, by?: Connection): void {
  if (call.role === "caller") return;
  for (const feature of host.features) feature.settled?.(host, call, reason, by);
}

/** Remembers that a call is over, also one that never reached this object. */
export function rememberOver(
  host: Host,
  session: string,
  reason: EndReason,
  announced: boolean = false,
): void {
  const others = endedCalls(host).filter((ended) => ended.session !== session);
  host.storage.put(OVER, [{ session, reason, announced }, ...others].slice(0, REMEMBERED));
}

/** Calls that ended lately, the latest first. */
export function endedCalls(host: Host): readonly Ended[] {
  return host.storage.get<Ended[]>(OVER) ?? [];
}

/** Why a call is over, if this object knows that it is. */
export function overReason(host: Host, session: string): EndReason | undefined {
  return endedCalls(host).find((ended) => ended.session === session)?.reason;
}

/** What this object knows of a session. A call whose time is up is over, however late the alarm. */
export function knownHere(host: Host, session: string): "live" | "over" | "unknown" {
  const call = liveCall(host);
  if (call?.session === session) return overdue(call, host.now()) ? "over" : "live";
  return overReason(host, session) === undefined ? "unknown" : "over";
}

/** Whether a relayed request has been taken before. */
export function seenBefore(host: Host, id: string): boolean {
  return (host.storage.get<string[]>(SEEN) ?? []).includes(id);
}

/** Remembers a relayed request as taken. */
export function rememberSeen(host: Host, id: string): void {
  const seen = host.storage.get<string[]>(SEEN) ?? [];
  host.storage.put(SEEN, [id, ...seen].slice(0, SEEN_KEPT));
}
