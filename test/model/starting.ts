/** `call.start`: its tests in their order, glare, and the ring. */
import { bind, halfTaken } from "./answering.ts";
import type { Draft } from "./draft.ts";
import type { Operation, Start } from "./operations.ts";
import { refuse, reply } from "./replying.ts";
import {
  callOf,
  GRACE_MS,
  isPresent,
  lapses,
  RING_MS,
  roleOf,
  socketsOf,
  type Call,
  type Person,
  type Socket,
} from "./state.ts";

export function start(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  request: Start,
  all: readonly Operation[],
): Draft[] {
  const { state } = draft;
  const { callee, id } = request;
  const caller = socket.user;
  if (callee === caller) return refuse(draft, socket, request, "self");
  const raced: Draft[] = [];
  // A socket that goes away at the same instant may take its request with it.
  if (isLeaving(socket, all)) raced.push(draft.fork());
  // Another start held one of both for a moment, before it turned out to be in vain.
  if (all.some((other) => isInVain(draft, other, all) && meets(other, request))) {
    raced.push(...refuse(draft.fork(), socket, request, "busy"));
  }
  // The call it collided with ended meanwhile.
  raced.push(...metAnEnd(people, draft, socket, request));

  forget(draft, request);
  if (isLeaving(socket, all)) raced.push(draft.fork());
  const current = callOf(state, caller);
  const collides = current?.state === "ringing" && current.caller.user === callee;
  if (!collides && (callee === undefined || !isPresent(state, callee))) {
    return [...raced, ...refuse(draft, socket, request, "offline")];
  }
  if (collides) {
    // Its caller's time was up, although nobody had noticed.
    if (request.join && lapses(current, state.now).length > 0) {
      draft.lose(current, "caller");
      return [...raced, ...metAnEnd(people, draft, socket, request)];
    }
    return [...raced, ...glare(people, draft, socket, request, current)];
  }
  if (current || callOf(state, callee))
    return [...raced, ...refuse(draft, socket, request, "busy")];

  const there = socketsOf(state, callee);
  const call: Call = {
    id,
    state: "ringing",
    ringUntil:
      state.now + (request.ringSeconds === undefined ? RING_MS : request.ringSeconds * 1_000),
    caller: { user: caller, device: socket.device, waiting: [] },
    callee: {
      user: callee,
      waiting: [],
      ...(there.length > 0 ? {} : { graceUntil: (state.lost[callee] ?? 0) + GRACE_MS }),
    },
  };
  state.calls.push(call);
  draft.begun.push(id);
  draft.emit(there, ringFrame(people, call));
  const payload = { session_id: id, callee_id: people[callee]?.id };
  return [...raced, ...reply(draft, socket, request, "call.ringing", payload)];
}

/** A client that starts a call has forgotten the one that its socket took over and has not claimed. */
export function forget(draft: Draft, { key }: { readonly key: string }): Draft[] {
  const socket = draft.state.sockets.find((open) => open.key === key);
  const mine = socket && callOf(draft.state, socket.user);
  const role = mine && roleOf(mine, socket.user);
  const isHere = role && mine[role].device === socket.device;
  if (isHere && mine[role].graceUntil !== undefined) draft.lose(mine, role);
  return [draft];
}

/** `call.ring`; `glare` when the user called its caller at the same time. */
export function ringFrame(people: readonly Person[], call: Call, crossed?: true) {
  const caller = people[call.caller.user];
  const payload = { session_id: call.id, caller_id: caller?.id, caller_info: caller?.info };
  return { type: "call.ring", payload: crossed ? { ...payload, glare: crossed } : payload };
}

/** The call it collided with ended at the same instant: it was busy, or its answer came too late. */
function metAnEnd(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  request: Start,
): Draft[] {
  const ring = draft.ended.find(
    (call) =>
      call.state === "ringing" &&
      call.caller.user === request.callee &&
      call.callee.user === socket.user,
  );
  if (!ring) return [];
  const busy = refuse(draft.fork(), socket, request, "busy");
  if (!request.join) return busy;
  const joined = halfTaken(draft, socket, ring.id, (half) => {
    reply(half, socket, request, "call.joined", joinedPayload(people, ring));
  });
  return [...busy, ...joined];
}

function joinedPayload(people: readonly Person[], ring: Call) {
  const { session_id, caller_id, caller_info } = ringFrame(people, ring).payload;
  return { session_id, caller_id, caller_info, role: "callee" };
}

/** The callee of a ringing call calls its caller. */
function glare(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  request: Start,
  ring: Call,
): Draft[] {
  // Placed at the same instant, the ring and the collision may come as one.
  if (draft.begun.includes(ring.id)) {
    for (const emitted of draft.frames) {
      const own = emitted.to === socket.key || (request.join && emitted.frame.type === "call.ring");
      if (emitted.frame.type === "call.ring" && own) emitted.optional = true;
    }
  }
  if (!request.join) {
    refuse(draft, socket, request, "busy");
    draft.emit([socket], ringFrame(people, ring, true));
    return [draft];
  }
  reply(draft, socket, request, "call.joined", joinedPayload(people, ring));
  bind(draft, ring, socket, people[socket.user]?.info);
  return [draft];
}

/** Whether a start can come to nothing after it has taken both users. */
function isInVain(
  { state }: Draft,
  operation: Operation,
  all: readonly Operation[],
): operation is Start {
  if (operation.do !== "send" || operation.type !== "call.start") return false;
  const socket = state.sockets.find(({ key }) => key === operation.key);
  const { callee } = operation;
  return callee === undefined || !isPresent(state, callee) || !socket || isLeaving(socket, all);
}

function meets(one: Start, two: Start): boolean {
  if (one.ref === two.ref) return false;
  return [one.user, one.callee].some(
    (user) => user !== undefined && [two.user, two.callee].includes(user),
  );
}

function isLeaving(socket: Socket, all: readonly Operation[]): boolean {
  return all.some((operation) => {
    if (operation.do === "close") return operation.key === socket.key;
    if (operation.do === "vanish") return operation.user === socket.user;
    return (
      operation.do === "connect" && operation.user === socket.user && operation.slot === socket.slot
    );
  });
}
