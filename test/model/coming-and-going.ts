/** Sockets that open, close and break, and the ticking of alarms. */
import { endedFrame, type Draft } from "./draft.ts";
import type { Operation, Send } from "./operations.ts";
import { endings, readMail, resumeCall, resumedFrame, welcomeFrame } from "./returning.ts";
import { ringFrame } from "./starting.ts";
import {
  boxOf,
  callOf,
  claim,
  GRACE_MS,
  involved,
  miss,
  otherRole,
  roleOf,
  socketsOf,
  type Call,
  type Farewell,
  type Person,
  type Role,
  type Socket,
} from "./state.ts";

/** Close codes by which a ringing caller gives up; 1001 is a page that may be reloading. */
const GIVING_UP: readonly (number | undefined)[] = [1000, 1001, undefined];
const GOING_AWAY = 1001;

export function comeAndGo(
  people: readonly Person[],
  draft: Draft,
  operation: Exclude<Operation, Send | { readonly do: "forget" }>,
): Draft[] {
  const { state } = draft;
  switch (operation.do) {
    case "connect":
      connect(people, draft, operation);
      break;
    case "close": {
      const socket = state.sockets.find(({ key }) => key === operation.key);
      if (!socket) break;
      const givesUp =
        GIVING_UP.includes(operation.code) && !(socket.resume && operation.code === GOING_AWAY);
      lose(people, draft, [socket], givesUp);
      break;
    }
    case "vanish":
      lose(people, draft, socketsOf(state, operation.user), false);
      break;
    case "evict":
    case "alarm":
      break;
  }
  return [draft];
}

function connect(
  people: readonly Person[],
  draft: Draft,
  { user, slot, key, resume }: Extract<Operation, { do: "connect" }>,
): void {
  const { state } = draft;
  const call = callOf(state, user);
  const role = call && roleOf(call, user);
  const calling = draft.ended.find(({ caller }) => caller.user === user);
  const awaited = state.farewells[user]?.findLast(({ until }) => state.now < until);
  const inCall = call && role ? call[role].device : (awaited?.device ?? calling?.caller.device);
  const device = deviceOf(people, draft, user, slot, key, inCall);
  const socket: Socket = { key, user, slot, device, resume };
  const older = state.sockets.filter((open) => open.user === user && open.device === device);
  state.sockets = [...state.sockets.filter((open) => !older.includes(open)), socket].toSorted(
    byKey,
  );
  draft.replaced.push(...older);
  draft.emit(older, { type: "#closed", payload: { code: 4001, reason: "replaced" } });
  state.boxes = state.boxes.filter((box) => box !== boxOf(user, device));
  if (resume) {
    state.boxes = [...state.boxes, boxOf(user, device)].toSorted();
    draft.emit([socket], welcomeFrame(people, draft, socket, call, role));
  }
  readMail(people, draft, socket);
  delete state.mail[boxOf(user, device)];
  hearFarewell(people, draft, socket);
  hearEcho(people, draft, socket);
  // A calling device that comes back just when its call is over by time may be told.
  if (calling?.caller.device === device)
    draft.emit([socket], endedFrame(calling.id, "no_answer"), true);
  // So may one that opted in, of whichever call its coming has found over.
  for (const over of draft.ended) {
    const found = socket.resume && roleOf(over, user) !== undefined;
    if (found) draft.emit([socket], endedFrame(over.id, "peer_disconnected"), true);
  }
  if (draft.crowded) comeBetween(people, draft, socket);
  if (!call || !role) return;
  const side = call[role];
  if (side.device === undefined) {
    claim(side);
    draft.emit([socket], ringFrame(people, call));
  } else if (side.device === device) {
    resumeCall(people, draft, socket, call, role);
  }
}

/** Between its forerunner's answer and the news that the call was over, it was rung, and took the call over. */
function comeBetween(people: readonly Person[], draft: Draft, socket: Socket): void {
  for (const over of draft.ended) {
    if (over.state !== "ringing" || over.callee.user !== socket.user) continue;
    draft.emit([socket], ringFrame(people, over), true);
    draft.emit([socket], resumedFrame(people, { ...over, state: "accepted" }, "callee"), true);
  }
}

const byKey = (one: Socket, two: Socket): number => (one.key < two.key ? -1 : 1);

/** Names the device of a new socket: an unlabelled one takes the place of a lost one in a call. */
function deviceOf(
  people: readonly Person[],
  { state }: Draft,
  user: number,
  slot: number,
  key: string,
  inCall: string | undefined,
): string {
  const { naming } = people[user] as Person;
  if (naming === "labelled" || (naming === "hash" && slot > 0)) return `label ${slot}`;
  if (naming === "hash") return "user";
  if (inCall === undefined || state.nameless[user] !== inCall) return key;
  delete state.nameless[user];
  return inCall;
}

function lose(
  people: readonly Person[],
  draft: Draft,
  gone: readonly Socket[],
  givesUp: boolean,
): void {
  const { state } = draft;
  state.sockets = state.sockets.filter((open) => !gone.includes(open));
  for (const { user, device } of gone) {
    state.lost[user] = state.now;
    const call = callOf(state, user);
    const role = call && roleOf(call, user);
    if (state.boxes.includes(boxOf(user, device))) {
      // Of the call that it has heard of it may yet hear the end.
      const heard = call && role && (call[role].device ?? device) === device;
      state.mail[boxOf(user, device)] = heard ? endings(call.id) : [];
    }
    if (!call || !role) continue;
    const side = call[role];
    if (side.device === undefined && role === "callee" && !givesUp)
      state.echoes[boxOf(user, device)] = { call: call.id, until: state.now + GRACE_MS };
    if (people[user]?.naming === "unlabelled" && side.device === device)
      state.nameless[user] = device;
    const away =
      side.device === undefined ? socketsOf(state, user).length === 0 : side.device === device;
    if (!away) continue;
    if (givesUp && role === "caller" && call.state === "ringing") draft.lose(call, role);
    else missDevice(draft, call, role);
  }
}

/** The grace of a side begins; a peer that opted in hears until when. */
function missDevice(draft: Draft, call: Call, role: Role): void {
  const side = call[role];
  const isNews = call.state === "accepted" && side.graceUntil === undefined;
  miss(side, draft.state.now);
  if (!isNews) return;
  const there = involved(draft.state, call[otherRole(role)]).filter(({ resume }) => resume);
  const payload = { session_id: call.id, deadline: side.graceUntil };
  draft.emit(there, { type: "call.peer_reconnecting", payload }, draft.crowded);
}

/** A device that was lost while it rang may hear that it is over; an unlabelled one for any that was. */
function hearEcho(people: readonly Person[], draft: Draft, { key, user, device }: Socket): void {
  const { echoes, now } = draft.state;
  const isAnyone = people[user]?.naming === "unlabelled";
  for (const [box, { call, until }] of Object.entries(echoes)) {
    if (box !== boxOf(user, device) && !(isAnyone && box.startsWith(`${user} `))) continue;
    const [ended] = endings(call);
    if (now < until && ended)
      draft.frames.push({ to: key, cause: `echo ${box}`, frame: ended, optional: true });
    else delete echoes[box];
  }
  delete echoes[boxOf(user, device)];
}

/** A device that was away when its call ended hears of it, if it returns within the grace. */
function hearFarewell(people: readonly Person[], draft: Draft, socket: Socket): void {
  const { farewells, now } = draft.state;
  const { user, device } = socket;
  const left: Farewell[] = [];
  for (const farewell of farewells[user] ?? []) {
    const isSame = farewell.device === device;
    // While it is being rung, an unlabelled socket may take the place of any that was lost.
    const isHeard = isSame || people[user]?.naming === "unlabelled";
    const optional = farewell.optional || !isSame;
    if (!isSame) left.push(isHeard ? { ...farewell, optional } : farewell);
    if (isHeard && now < farewell.until) draft.emit([socket], farewell.frame, optional);
  }
  if (left.length > 0) farewells[user] = left;
  else delete farewells[user];
}
