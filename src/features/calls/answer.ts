/** The callee's answer: accept, reject, and joining a call that both sides placed at once. */
import { judge, refusal, rules } from "../../core/call.ts";
import { LIVE_CALL_VERSION, lost, overdue, without, type LiveCall } from "../../core/live-call.ts";
import { StoreUnavailable, type CallKey, type ChangeResult } from "../../core/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import type { Connection } from "../connection.ts";
import type { Call, Host, PeerHandler } from "../feature.ts";
import { announce } from "./announce.ts";
import {
  ESTABLISHED_HOLD_MS,
  liveCall,
  overReason,
  REFRESH_MS,
  saveCall,
  startOf,
  tellSettled,
} from "./book.ts";
import { abandon, concede, endedEvent, finish, keyOf, tell } from "./ending.ts";
import { callNamed } from "./lookup.ts";
import { resume } from "./resume.ts";
import { takeWaiting, waitAnyway } from "./waiting-room.ts";

/** What an answer needs: a socket's request has it, and so has one that comes without a socket. */
export type Answer = Pick<Call<ClientPayload<"call.accept">>, "connection" | "payload" | "again">;

/** Id of a connection that is none: a device that answers without a socket. */
export const REMOTE = "remote";

const FAILED_ACCEPT = "Failed to accept call";

/** Handles `call.accept`. */
export async function accept(host: Host, call: Answer): Promise<void> {
  const { connection } = call;
  const ring = await callNamed(host, call.payload.session_id, FAILED_ACCEPT);
  if (call.again && ring.state === "accepted" && ring.device === connection.device) {
    if (!ring.unconfirmed || (await confirm(host, ring))) return;
    throw refuse.notFound();
  }
  const refused = refusal(judge("accept", ring.role, ring.state));
  if (refused) throw refused;
  const taken = await take(host, keyOf(host, ring));
  // A store that has lost the call does not stop it: the caller's object has the last word.
  if (taken.outcome === "state") throw refuse.transition();
  const current = liveCall(host);
  if (current?.session !== ring.session) throw refuse.notFound();
  // Another device of this user was first; the store cannot tell them apart.
  if (current.state !== "ringing") throw refuse.transition();
  if (!(await bind(host, connection, current))) throw refuse.notFound();
}

/** Handles `call.reject`. */
export async function reject(host: Host, call: Answer): Promise<void> {
  const { connection } = call;
  if (call.again && overReason(host, call.payload.session_id) !== undefined) return;
  const ring = await callNamed(host, call.payload.session_id, "Failed to reject call");
  const refused = refusal(judge("reject", ring.role, ring.state));
  if (refused) throw refused;
  const outcome = await finish(host, ring, {
    action: "reject",
    info: connection.profile,
    by: connection,
  });
  if (outcome === "state") throw refuse.transition();
  if (outcome === "over") throw refuse.notFound();
}

/**
 * Takes a call for a user who has just called its caller.
 *
 * @returns false when the call cannot be had any more; the request is then still unanswered.
 */
export async function joinCall(
  host: Host,
  call: Call<ClientPayload<"call.start">>,
  key: CallKey,
): Promise<boolean> {
  const { connection } = call;
  const taken = await take(host, key);
  if (taken.outcome !== "changed") return false;
  const known = liveCall(host);
  if (known && (known.session !== key.session || known.state !== "ringing")) return false;
  if (overReason(host, key.session) !== undefined) return false;
  const callerInfo = known?.peerInfo ?? taken.callerInfo ?? { user_id: key.caller };
  const ring: LiveCall = known ?? {
    version: LIVE_CALL_VERSION,
    session: key.session,
    role: "callee",
    state: "ringing",
    peer: key.caller,
    peerInfo: callerInfo,
    ringUntil: host.now() + host.settings.ringMs,
  };
  const payload = {
    session_id: key.session,
    caller_id: key.caller,
    caller_info: callerInfo,
    role: "callee" as const,
  };
  try {
    await bind(host, connection, ring, () => call.answer({ type: "call.joined", payload }));
  } catch (error) {
    // The request has its answer already, so this is told as what it is: the end of the call.
    host.log("warn", "join.failed", { error: String(error) });
    const ended = { session: key.session, reason: "peer_disconnected" as const };
    host.sockets.deliver(endedEvent(ended), [connection]);
  }
  return true;
}

/** The callee has taken the call: the caller's object has the last word on whether it still rings. */
export const onAccepted: PeerHandler<"call.accepted"> = (host, from, message) => {
  const call = liveCall(host) ?? startOf(host, message.session);
  if (call?.session !== message.session || call.peer !== from || call.device === undefined) {
    return { ok: false, reason: overReason(host, message.session) };
  }
  if (call.state === "accepted") return { ok: true };
  const late = overdue(call, host.now());
  if (late) {
    abandon(host, call, { action: late });
    return { ok: false, reason: overReason(host, call.session) };
  }
  host.log("info", "call.accepted", { session: call.session });
  host.count("edgering_calls_accepted_total");
  const announced = announce(host, call);
  saveCall(host, { ...announced, state: "accepted", peerInfo: message.info });
  host.alarms.set("refresh", host.now() + REFRESH_MS);
  const payload = { session_id: call.session, callee_info: message.info };
  const { device } = call;
  tellOthers(host, call, device);
  const taken = host.sockets.deliver({ type: "call.accepted", payload }, [{ device }]);
  if (taken === 0 && !host.sockets.resumes(device))
    waitAnyway(host, { type: "call.accepted", json: JSON.stringify(payload) });
  return { ok: true };
};

/** The caller's other devices learn where the call is, if they opted in to resuming. */
function tellOthers(host: Host, call: LiveCall, device: string): void {
  const others = host.sockets
    .devices()
    .filter((other) => other.device !== device && host.sockets.resumes(other.device));
  const label = host.sockets.of(device)?.label;
  const payload = { session_id: call.session, ...(label === undefined ? {} : { device: label }) };
  host.sockets.deliver({ type: "call.active", payload }, others);
}

/** Asks the store whether this user is the first to take the call; which device was, is known here. */
async function take(host: Host, key: CallKey): Promise<ChangeResult> {
  try {
    return await host.calls.change(key, rules.accept, host.user, ESTABLISHED_HOLD_MS);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw refuse.failed(FAILED_ACCEPT, error);
    throw error;
  }
}

/**
 * Binds a call that the store has given to this device, then asks the caller's object, which has the
 * last word.
 *
 * @returns false when the caller had ended the call in the meantime.
 */
async function bind(
  host: Host,
  connection: Connection,
  ring: LiveCall,
  answer?: () => void,
): Promise<boolean> {
  const remote = connection.id === REMOTE;
  const bound = {
    ...without(ring, "graceUntil"),
    state: "accepted",
    device: connection.device,
    unconfirmed: connection.profile,
    ...(remote ? { unclaimed: true as const } : {}),
  } as const;
  const socket = host.sockets.of(connection.device);
  saveCall(host, socket ? bound : lost(bound, host.now(), host.settings.graceMs));
  tellSettled(host, bound, "answered_elsewhere", connection);
  host.alarms.set("refresh", host.now() + REFRESH_MS);
  const message = { session: bound.session, reason: "answered_elsewhere" as const };
  tell(host, ring, endedEvent(message, connection.label), connection);
  // Devices that need not wait for this call any more may have outlived their token.
  host.expire();
  answer?.();
  // What the caller sent early goes out before anything that it sends on hearing of the answer.
  // A socket that came while the store was asked has been rung, and now takes the call over.
  const tookOver = socket && socket.id !== connection.id && (remote || !socket.resume);
  if (tookOver) resume(host, bound, socket);
  else if (host.sockets.reaches(connection.device)) {
    for (const event of takeWaiting(host)) host.sockets.deliver(event, [connection]);
  }

  try {
    return await confirm(host, bound);
  } catch (error) {
    abandon(host, bound, { action: "lose" });
    throw refuse.failed(FAILED_ACCEPT, error);
  }
}

/**
 * Tells the caller's object that the call was accepted. It may have heard it before.
 *
 * @returns false when the caller had ended the call in the meantime
 * @throws {PeerUnreachable}
 */
export async function confirm(host: Host, call: LiveCall): Promise<boolean> {
  const { session, unconfirmed } = call;
  const info = unconfirmed ?? { user_id: host.user };
  const reply = await host.peers.send(call.peer, "call.accepted", { session, info });
  if (!reply.ok) concede(host, call, reply.reason);
  const current = liveCall(host);
  if (reply.ok && current?.session === session) saveCall(host, without(current, "unconfirmed"));
  return reply.ok;
}
