/**
 * How calls end. Leaving never waits for the store: the caller's object has the last word, so that a
 * call ends once and with one reason, and the store is told afterwards, again and again if need be.
 */
import { judge, type Ending } from "../../core/call.ts";
import type { LiveCall } from "../../core/live-call.ts";
import type { CallKey } from "../../core/ports.ts";
import type { EndReason } from "../../protocol/calls.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { Connection, Device, Host, PeerHandler } from "../feature.ts";
import type { Farewell, PeerMessages } from "../peer.ts";
import { forgetCall, liveCall, overReason, rememberOver } from "./book.ts";
import { settle, type Closing } from "./settling.ts";

/** What ends a call, and who did it. */
export interface End {
  readonly action: Ending;
  /** The user who acts, where a person did. */
  readonly info?: UserInfo;
  /** The socket that acts; it is told nothing, having asked for it. */
  readonly by?: Connection;
}

/** What the peer is told, by what happened. */
const peerReason = {
  end: "ended_by_user",
  reject: "declined_elsewhere",
  lose: "peer_disconnected",
  timeout: "no_answer",
  replace: "replaced",
} as const satisfies Record<Ending, EndReason>;

/** How an attempt to end a call came out: now, before, or not at all because the table forbids it. */
export type Outcome = "ended" | "over" | "state";

/** Both users of a call, by role. */
export function keyOf(host: Host, call: LiveCall): CallKey {
  const { session, role, peer } = call;
  return role === "caller"
    ? { session, caller: host.user, callee: peer }
    : { session, caller: peer, callee: host.user };
}

/** Ends a call in agreement with the caller's object. */
export async function finish(host: Host, call: LiveCall, end: End): Promise<Outcome> {
  if (call.role === "caller") return abandon(host, call, end);
  const message = farewell(call, end);
  let reply: PeerMessages["call.finish"]["reply"];
  try {
    reply = await host.peers.send(call.peer, "call.finish", message);
  } catch {
    // The caller's object is out of reach: leave all the same and let it know later.
    return abandon(host, call, end);
  }
  if (reply.outcome === "state") return "state";
  if (liveCall(host)?.session !== call.session) return "over";
  if (reply.outcome === "ended") {
    close(host, call, end, {});
    return "ended";
  }
  concede(host, call, reply.reason);
  return "over";
}

/**
 * Takes the word of the caller's object that a call was over already. `reason` is unknown to an object
 * that has never heard of the call or has forgotten it; then the store is told from here.
 */
export function concede(host: Host, call: LiveCall, reason: EndReason | undefined): void {
  if (liveCall(host)?.session !== call.session) return;
  const message = { session: call.session, reason: reason ?? "peer_disconnected" };
  tellDevices(host, call, message);
  leave(host, call, message.reason, reason === undefined ? {} : undefined);
}

/** Ends a call at once, without waiting for anybody; the peer and the store are told behind it. */
export function abandon(host: Host, call: LiveCall, end: End): Outcome {
  if (liveCall(host)?.session !== call.session) return "over";
  const message = farewell(call, end);
  close(
    host,
    call,
    end,
    call.role === "caller"
      ? { notify: { kind: "call.ended", message } }
      : { notify: { kind: "call.finish", message } },
  );
  return "ended";
}

/** The callee's side asks the caller's object to end the call. */
export const onFinish: PeerHandler<"call.finish"> = (host, from, message) => {
  const call = liveCall(host);
  if (call?.session !== message.session || call.peer !== from) {
    const reason = overReason(host, message.session);
    rememberOver(host, message.session, reason ?? message.reason);
    return { outcome: "over", reason };
  }
  if (judge(message.action, "callee", call.state) !== "allowed") return { outcome: "state" };
  const device = devicesOf(host, call);
  if (message.action === "reject") {
    const payload = { session_id: call.session, callee_info: message.info ?? { user_id: from } };
    host.sockets.deliver({ type: "call.rejected", payload }, device);
  } else {
    host.sockets.deliver(endedEvent(message), device);
  }
  forgetCall(host, call, message.reason);
  return { outcome: "ended" };
};

/** The caller's object says that the call is over. */
export const onEnded: PeerHandler<"call.ended"> = (host, from, message) => {
  const call = liveCall(host);
  if (call?.session === message.session && call.peer === from) {
    tellDevices(host, call, message);
    forgetCall(host, call, message.reason);
  } else if (overReason(host, message.session) === undefined) {
    // It may overtake the ring itself, which must then not ring.
    rememberOver(host, message.session, message.reason);
  }
  return null;
};

/** Ends the call on this side and tells this user's own devices what they do not know yet. */
function close(host: Host, call: LiveCall, end: End, closing: Omit<Closing, "call">): void {
  tellOwnDevices(host, call, end);
  leave(host, call, peerReason[end.action], closing);
}

/** Forgets the call and has the rest of the world told: nothing when somebody else does that. */
function leave(
  host: Host,
  call: LiveCall,
  reason: EndReason,
  closing: Omit<Closing, "call"> | undefined,
): void {
  forgetCall(host, call, reason);
  if (closing) settle(host, { ...closing, call: keyOf(host, call) });
}

function farewell(call: LiveCall, end: End): Farewell & { action: Ending } {
  const { action, info } = end;
  const message = { session: call.session, action, reason: peerReason[action] };
  return info && (action === "end" || action === "reject") ? { ...message, info } : message;
}

/** Events for the acting user's other devices, which did not ask for the end themselves. */
function tellOwnDevices(host: Host, call: LiveCall, end: End): void {
  if (end.action === "lose") return;
  const others = devicesOf(host, call).filter(({ device }) => device !== end.by?.device);
  const declined = end.by !== undefined && call.role === "callee" && call.state === "ringing";
  const reason = declined ? "declined_elsewhere" : peerReason[end.action];
  const message = {
    session: call.session,
    reason,
    ...(end.info && !declined ? { info: end.info } : {}),
  };
  host.sockets.deliver(endedEvent(message, declined ? end.by?.label : undefined), others);
}

function tellDevices(host: Host, call: LiveCall, message: Farewell): void {
  host.sockets.deliver(endedEvent(message), devicesOf(host, call));
}

/** The devices that a call concerns: all of a ringing callee's, else the one it belongs to. */
export function devicesOf(host: Host, call: LiveCall): readonly Device[] {
  return call.device === undefined ? host.sockets.devices() : [{ device: call.device }];
}

/** Spells out a `call.ended`. `device`: the one that answered or declined in the others' place. */
export function endedEvent(message: Farewell, device?: string) {
  const { session, reason, info } = message;
  return {
    type: "call.ended" as const,
    payload: {
      session_id: session,
      reason,
      ...(info && reason === "ended_by_user" ? { peer_info: info } : {}),
      ...(device === undefined ? {} : { device }),
    },
  };
}
