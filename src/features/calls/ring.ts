/** The callee's side of a start: is anybody there, and does it ring? */
import { judge, refusal } from "../../core/call.ts";
import { LIVE_CALL_VERSION, overdue, type LiveCall } from "../../core/live-call.ts";
import type { CallerRoute } from "../../core/push.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { Connection, Device } from "../connection.ts";
import type { Call, Host, PeerHandler } from "../feature.ts";
import { knownHere, liveCall, overReason, saveCall } from "./book.ts";
import { abandon } from "./ending.ts";
import { callNamed } from "./lookup.ts";

interface GlareNote {
  readonly session: string;
  readonly device: string;
}

/** A caller's object wants every device of this user to ring. */
export const onRing: PeerHandler<"call.ring"> = (host, from, message) => {
  const { session, callerInfo, ringUntil, wake, progress } = message;
  if (overReason(host, session) !== undefined) return "over";
  const current = liveCall(host);
  if (current?.session === session) return "ringing";
  if (current && !makeWay(host, current, from)) return "busy";
  const graceUntil = absentUntil(host, wake);
  if (graceUntil === "offline") return "offline";
  const call = saveCall(host, {
    version: LIVE_CALL_VERSION,
    session,
    role: "callee",
    state: "ringing",
    peer: from,
    peerInfo: callerInfo,
    ringUntil,
    ...(graceUntil === undefined ? {} : { graceUntil }),
    ...(wake === undefined ? {} : { wake }),
    ...(progress === undefined ? {} : { progress }),
  });
  ringDevices(host, call, host.sockets.devices());
  return "ringing";
};

/** Another object asks whether anybody is there, and whether a session still means anything here. */
export const onProbe: PeerHandler<"call.probe"> = (host, from, message) => {
  const { session, callerInfo, wake } = message;
  const known = session === undefined ? "unknown" : knownHere(host, session);
  if (known === "live" && callerInfo && host.settings.callWaiting) knock(host, from, callerInfo);
  return { present: absentUntil(host, wake) !== "offline", session: known };
};

/** Tells the device in the call that somebody else calls; the caller is told that the user is busy. */
function knock(host: Host, from: string, callerInfo: UserInfo): void {
  const call = liveCall(host);
  if (call?.device === undefined || call.peer === from) return;
  const payload = { caller_id: from, caller_info: callerInfo };
  host.sockets.deliver({ type: "call.waiting", payload }, [{ device: call.device }]);
}

/** Handles `call.ignore`: this device rings no more, and nobody else notices. */
export async function ignore(host: Host, call: Call<ClientPayload<"call.ignore">>): Promise<void> {
  const ring = await callNamed(host, call.payload.session_id, "Failed to ignore call");
  const refused = refusal(judge("ignore", ring.role, ring.state));
  if (refused) throw refused;
  const { device } = call.connection;
  saveCall(host, { ...ring, ignored: [...(ring.ignored ?? []), device] });
}

/** Sends the ring of a call to some devices, apart from those that asked not to hear it. */
export function ringDevices(host: Host, call: LiveCall, to: readonly Device[]): void {
  const payload = {
    session_id: call.session,
    caller_id: call.peer,
    caller_info: call.peerInfo ?? { user_id: call.peer },
  };
  const note = host.storage.get<GlareNote>("glare");
  if (note) host.storage.delete("glare");
  const took: Connection[] = [];
  for (const connection of to) {
    if (call.ignored?.includes(connection.device)) continue;
    const glare = note?.session === call.session && note.device === connection.device;
    const ring = glare ? { ...payload, glare: true as const } : payload;
    const taken = host.sockets.deliver({ type: "call.ring", payload: ring }, [connection]);
    const socket = taken > 0 ? host.sockets.of(connection.device) : undefined;
    if (socket) took.push(socket);
  }
  tellRung(host, call, took);
}

/** Tells every feature which sockets have taken a ring. */
export function tellRung(host: Host, call: LiveCall, took: readonly Connection[]): void {
  for (const feature of host.features) feature.rung?.(host, call, took);
}

/** Whether a user without a socket can be rung all the same. */
export function wakes(host: Host, ring: Pick<LiveCall, "wake"> & { session?: string }): boolean {
  return host.features.some((feature) => feature.wakes?.(host, ring));
}

/**
 * The store gave this user to a new call, so the old one should be gone. It goes when its time is up
 * or when it is the same peer who calls again; otherwise it lives, and the newcomer is refused.
 */
function makeWay(host: Host, current: LiveCall, from: string): boolean {
  const late = overdue(current, host.now());
  if (!late && current.peer !== from) {
    // The store does not know a call that we live in: have its records looked after now.
    host.alarms.set("refresh", host.now());
    return false;
  }
  abandon(host, current, { action: late ?? "replace" });
  return true;
}

/** Until when an absent user counts as present; nothing when a socket is there, or can be woken. */
function absentUntil(host: Host, wake?: CallerRoute): number | undefined | "offline" {
  if (host.sockets.all().length > 0 || wakes(host, wake ? { wake } : {})) return undefined;
  const lost = host.sockets.lastLost();
  const until = lost === undefined ? 0 : lost + host.settings.graceMs;
  return host.now() < until ? until : "offline";
}
