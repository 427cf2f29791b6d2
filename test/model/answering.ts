/** Requests that name a call: accept, reject, end, check, and signaling. */
import { endedFrame, oneOf, type Draft } from "./draft.ts";
import type { Request, Signaling } from "./operations.ts";
import { done, refuse, reply } from "./replying.ts";
import {
  claim,
  involved,
  lapses,
  otherRole,
  roleOf,
  socketsOf,
  type Call,
  type Expected,
  type Person,
  type Role,
  type Side,
  type Socket,
} from "./state.ts";

/** Finds the call that a request names; naming it claims it for the device it belongs to. */
function named(draft: Draft, socket: Socket, session: string) {
  const { state } = draft;
  const call = state.calls.find(({ id }) => id === session);
  const role = call && roleOf(call, socket.user);
  if (!call || !role) return { call, role: undefined };
  const side = call[role];
  if (side.device === socket.device) {
    tellReturn(draft, call, role);
    claim(side);
  }
  return { call, role };
}

/** A peer that opted in hears that a device it was told to be away has returned. */
export function tellReturn(draft: Draft, call: Call, role: Role): void {
  if (call.state !== "accepted" || call[role].graceUntil === undefined) return;
  const there = involved(draft.state, call[otherRole(role)]).filter(({ resume }) => resume);
  // It comes on its own way: the call may end, or the peer leave, before it has come.
  draft.emit(there, returnedFrame(call), draft.crowded);
  // Or it came just before that socket was replaced.
  const { user, device } = call[otherRole(role)];
  const before = draft.replaced.filter((one) => one.user === user && one.device === device);
  draft.emit(before, returnedFrame(call), true);
  draft.returned.push({ call: call.id, to: otherRole(role), cause: draft.cause });
}

/** What a side that opted in hears of the other's return. */
export const returnedFrame = ({ id }: Call): Expected => ({
  type: "call.peer_reconnected",
  payload: { session_id: id },
});

/** Handles accept, reject, end and check. */
export function answer(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  request: Request,
): Draft[] {
  const { state } = draft;
  const { call, role } = named(draft, socket, request.session);
  if (request.type === "call.check" && !call) {
    return reply(draft, socket, request, "call.check_result", {
      session_id: request.session,
      exists: false,
    });
  }
  if (!call) {
    return [...halfAccepted(draft, socket, request), ...refuse(draft, socket, request, "notFound")];
  }
  if (!role) return refuse(draft, socket, request, "notAuthorized");
  const info = people[socket.user]?.info;
  const others = involved(state, call[role]).filter(({ key }) => key !== socket.key);

  switch (request.type) {
    case "call.check": {
      const caller_id = people[call.caller.user]?.id;
      const payload = { session_id: call.id, exists: true, state: call.state, caller_id };
      return reply(draft, socket, request, "call.check_result", payload);
    }
    case "call.end": {
      const declined = role === "callee" && call.state === "ringing";
      draft.over(call);
      draft.tell(call, otherRole(role), endedFrame(call.id, "ended_by_user", info));
      const own = declined
        ? endedFrame(call.id, "declined_elsewhere")
        : endedFrame(call.id, "ended_by_user", info);
      draft.emit(others, own);
      draft.keep(call, role, own);
      return done(draft, socket, request);
    }
    case "call.reject":
      if (role === "caller") return refuse(draft, socket, request, "notAuthorized");
      if (call.state !== "ringing") return refuse(draft, socket, request, "transition");
      draft.over(call);
      draft.tell(call, "caller", {
        type: "call.rejected",
        payload: { session_id: call.id, callee_info: info },
      });
      draft.emit(others, endedFrame(call.id, "declined_elsewhere"));
      return done(draft, socket, request);
    case "call.accept":
      if (role === "caller") return refuse(draft, socket, request, "notAuthorized");
      if (call.state !== "ringing") return refuse(draft, socket, request, "transition");
      // The caller's time was up, although nobody had noticed.
      if (lapses(call, state.now).length > 0) {
        draft.lose(call, "caller");
        return [
          ...halfAccepted(draft, socket, request),
          ...refuse(draft, socket, request, "notFound"),
        ];
      }
      bind(draft, call, socket, info);
      return done(draft, socket, request);
  }
}

/** The call now belongs to the device that took it; `call.joined` has gone out if it was joined. */
export function bind(draft: Draft, call: Call, socket: Socket, info: unknown): void {
  const { caller, callee } = call;
  const others = involved(draft.state, callee).filter(({ key }) => key !== socket.key);
  draft.taken.push(call.id);
  call.state = "accepted";
  callee.device = socket.device;
  claim(callee);
  draft.emit(others, endedFrame(call.id, "answered_elsewhere"));
  for (const frame of callee.waiting.splice(0)) draft.emit([socket], frame);
  const calling = involved(draft.state, caller);
  const elsewhere = socketsOf(draft.state, caller.user).filter(
    (other) => other.resume && !calling.includes(other),
  );
  draft.emit(elsewhere, { type: "call.active", payload: { session_id: call.id } });
  const accepted = { type: "call.accepted", payload: { session_id: call.id, callee_info: info } };
  give(draft, caller, accepted);
}

function halfAccepted(draft: Draft, socket: Socket, request: Request): Draft[] {
  if (request.type !== "call.accept") return [];
  return halfTaken(draft, socket, request.session).flatMap((half) =>
    refuse(half, socket, request, "notFound"),
  );
}

/**
 * An answer that met the end of the call on its way: this side took it, then learned that it was over.
 * Other devices may have heard of the answer before they heard of the end.
 */
export function halfTaken(
  before: Draft,
  socket: Socket,
  id: string,
  respond?: (draft: Draft) => void,
): Draft[] {
  const call = before.ended.find((ended) => ended.id === id);
  if (call?.state !== "ringing" || call.callee.user !== socket.user) return [];
  const draft = before.fork();
  const keys = new Set(socketsOf(draft.state, socket.user).map(({ key }) => key));
  for (const emitted of draft.frames) {
    const { frame, to } = emitted;
    const { session_id, reason } = frame.payload;
    if (frame.type !== "call.ended" || session_id !== id || !keys.has(to) || to === socket.key)
      continue;
    emitted.frame = endedFrame(id, oneOf(reason, "answered_elsewhere"));
  }
  // This side's doing and the news of the end cross each other.
  draft.cause += " half";
  respond?.(draft);
  for (const frame of call.callee.waiting) draft.emit([socket], frame);
  return [draft];
}

/** Relays a description or a candidate, or keeps it for a device that is not there. */
export function signal(draft: Draft, socket: Socket, request: Signaling): Draft[] {
  const { call, role } = named(draft, socket, request.session);
  if (!call) return refuse(draft, socket, request, "notFound");
  if (!role) return refuse(draft, socket, request, "notAuthorized");
  if (call.state === "ringing" && role === "callee")
    return refuse(draft, socket, request, "notAccepted");
  if (call[role].device !== socket.device) return refuse(draft, socket, request, "notAuthorized");
  // It is on its way to the other side while the call ends there.
  const late = draft.fork();
  late.supposed.push(call.id);
  refuse(late, socket, request, "notFound");
  const payload = { ...request.payload, session_id: call.id };
  give(draft, call[otherRole(role)], { type: request.type, payload, exact: true });
  return [late, ...done(draft, socket, request)];
}

/** Gives a frame to a side's device, or keeps it until there is one. */
function give(draft: Draft, side: Side, frame: Expected): void {
  const to = side.device === undefined ? [] : involved(draft.state, side);
  if (to.length === 0) side.waiting.push(frame);
  else draft.emit(to, frame);
}
