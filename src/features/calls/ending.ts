/**
 * How calls end. Leaving never waits for the store: the caller's object has the last word, so that a
 * call ends once and with one reason, and the store is told afterwards, again and again if need be.
 */
import { judge, type Ending } from "../../core/call.ts";
import { awaited, type LiveCall } from "../../core/live-call.ts";
import type { CallKey } from "../../core/ports.ts";
import type { EndReason } from "../../protocol/calls.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { Connection, Device, Outgoing } from "../connection.ts";
import type { Host, PeerHandler } from "../feature.ts";
import type { Farewell, PeerMessages } from "../peer.ts";
import { announce } from "./announce.ts";
import { forgetCall, liveCall, overReason, rememberOver } from "./book.ts";
import { keepFarewells } from "./farewells.ts";
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
  unreachable: "unreachable",
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
  const current = liveCall(host);
  if (current?.session !== call.session) return "over";
  if (reply.outcome === "ended") {
    close(host, current, end, {});
    return "ended";
  }
  concede(host, current, reply.reason);
  return "over";
}

/**
 * Takes the word of the caller's object that a call was over already. `reason` is unknown to an object
 * that has never heard of the call or has forgotten it. The store is told from here, too: the call may
 * have ended by this side's own request, whose answer was lost.
 */
export function concede(
  host: Host,
  { session }: LiveCall,
  reason: EndReason = "peer_disconnected",
): void {
  // As it is now: a device may have taken the call while the caller's object was asked.
  const call = liveCall(host);
  if (call?.session !== session) return;
  // An end that this side has not asked for is the peer's doing.
  const info = call.peerInfo ?? { user_id: call.peer };
  tellDevices(host, call, { session, reason, info });
  leave(host, call, reason, {});
}

/** Ends a call at once, without waiting for anybody; the peer and the store are told behind it. */
export function abandon(host: Host, { session }: LiveCall, end: End): Outcome {
  const call = liveCall(host);
  if (call?.session !== session) return "over";
  // As it is now: what may be done to a ringing call need not be right once a device has taken it.
  if (judge(end.action, call.role, call.state) !== "allowed") return "state";
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
  const told = announce(host, call);
  if (message.action === "reject") {
    const payload = { session_id: call.session, callee_info: message.info ?? { user_id: from } };
    tell(host, call, { type: "call.rejected", payload });
  } else {
    tell(host, call, endedEvent(message));
  }
  forgetCall(host, told, message.reason);
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
  const byHand = end.action === "end" || end.action === "reject";
  leave(host, call, peerReason[end.action], closing, byHand ? end.by : undefined);
}

/** Forgets the call and has the rest of the world told. */
function leave(
  host: Host,
  call: LiveCall,
  reason: EndReason,
  closing: Omit<Closing, "call">,
  by?: Connection,
): void {
  forgetCall(host, call, reason, by);
  settle(host, { ...closing, call: keyOf(host, call) });
}

function farewell(call: LiveCall, end: End): Farewell & { action: Ending } {
  const { action, info } = end;
  const message = { session: call.session, action, reason: peerReason[action] };
  return info && (action === "end" || action === "reject") ? { ...message, info } : message;
}

/** Events for the acting user's other devices, which did not ask for the end themselves. */
function tellOwnDevices(host: Host, call: LiveCall, end: End): void {
  // A device that lost its call needs no word, unless it goes on from a mailbox where the end would be
  // missing. Those that still ring need one.
  const { device: own } = call;
  if (end.action === "lose" && own !== undefined && !host.sockets.resumes(own)) return;
  const byHand = end.by !== undefined && (end.action === "end" || end.action === "reject");
  const declined = byHand && call.role === "callee" && call.state === "ringing";
  const reason = declined ? "declined_elsewhere" : peerReason[end.action];
  const message = {
    session: call.session,
    reason,
    ...(end.info && !declined ? { info: end.info } : {}),
  };
  tell(host, call, endedEvent(message, declined ? end.by?.label : undefined), end.by);
}

function tellDevices(host: Host, call: LiveCall, message: Farewell): void {
  tell(host, call, endedEvent(message));
}

/**
 * Tells a call's devices of its end; one that is away hears it if it returns within the grace, so that
 * it does not ring on.
 *
 * @param by the device that knows, having ended it
 */
export function tell(host: Host, call: LiveCall, event: Outgoing, by?: Device): void {
  const others = ({ device }: Device): boolean => device !== by?.device;
  host.sockets.deliver(event, devicesOf(host, call).filter(others));
  const away = awaited(call).filter(({ device }) => !host.sockets.reaches(device));
  keepFarewells(
    host,
    away.filter(others).map((late) => ({ ...late, event })),
  );
}

/** The devices that a call concerns: all of a ringing callee's, else the one it belongs to. */
function devicesOf(host: Host, call: LiveCall): readonly Device[] {
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
