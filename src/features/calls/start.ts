/** `call.start`: from the caller's wish to the callee's ring. */
import { LIVE_CALL_VERSION, lost, overdue, type LiveCall } from "../../core/live-call.ts";
import {
  StoreUnavailable,
  type BusyLock,
  type CallKey,
  type StartResult,
} from "../../core/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { isUserId } from "../../protocol/user-info.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import type { Call, Host } from "../feature.ts";
import { failStart, ringPeer } from "./ring-peer.ts";
import {
  endedCalls,
  forgetStart,
  knownHere,
  liveCall,
  overReason,
  rememberOver,
  saveCall,
  saveStart,
} from "./book.ts";
import { finish } from "./ending.ts";
import { meetGlare, meetRival } from "./glare.ts";
import { resume } from "./resume.ts";
import { spendStart } from "./start-budget.ts";
import { settle } from "./settling.ts";
import { probeOf, wishOf } from "./wish.ts";

type Start = Call<ClientPayload<"call.start">>;

/** Beyond the ring itself, the records hold this long, so that a late answer still finds them. */
const HOLD_SLACK_MS = 30_000;
/** A lock that nobody's object can explain is left over from a crash, once it is this old. */
const UNEXPLAINED_MS = 10_000;

/** Handles `call.start`. The order of its tests is fixed: offline comes before busy. */
export async function start(host: Host, call: Start): Promise<"later"> {
  await place(host, call);
  // `call.ringing` answers, and it may come by another way.
  return "later";
}

async function place(host: Host, call: Start): Promise<void> {
  if (call.again && (await placedBefore(host, call))) return;
  const callee = call.payload.callee_id;
  if (callee === host.user) throw refuse.missing("Cannot call yourself");
  spendStart(host);
  // Such a name is no user's, so no object must even be asked.
  if (!isUserId(callee)) throw refuse.offline();
  if (await busyHere(host, call, callee)) return;
  const key: CallKey = { session: call.id, caller: host.user, callee };
  saveStart(host, callOf(host, call, key));
  const rival = await takeBoth(host, call, key).finally(() => {
    forgetStart(host, key.session);
  });
  if (rival) return meetRival(host, call, callee, rival);
  await ringCallee(host, call, key);
}

/** The call as its caller sees it while it rings. */
function callOf(host: Host, { connection, payload, ref }: Start, key: CallKey): LiveCall {
  return {
    version: LIVE_CALL_VERSION,
    session: key.session,
    role: "caller",
    state: "ringing",
    peer: key.callee,
    ringUntil: host.now() + ringMsOf(host, payload),
    device: connection.device,
    ...wishOf(payload),
    ...(ref === undefined ? {} : { ref }),
  };
}

/** Goes on with a start whose beginning was carried out and whose result was lost. */
async function placedBefore(host: Host, call: Start): Promise<boolean> {
  if (overReason(host, call.id) !== undefined) throw refuse.notFound();
  const current = liveCall(host);
  if (current?.session !== call.id) return false;
  await ringPeer(host, current, call.connection.profile);
  return true;
}

/** Whether the call this user is in already stands in the way; answers the request if so. */
async function busyHere(host: Host, call: Start, callee: string): Promise<boolean> {
  const current = liveCall(host);
  if (current === undefined) return false;
  const late = overdue(current, host.now());
  if (late) {
    await finish(host, current, { action: late });
    return false;
  }
  const isThere = host.sockets.of(call.connection.device)?.id === call.connection.id;
  if (isThere && current.device === call.connection.device && current.graceUntil !== undefined) {
    // The socket took the call over but its client starts another one: it has forgotten the first.
    // A socket that has been replaced or is gone says nothing about that.
    await finish(host, current, { action: "lose" });
    return false;
  }
  if (current.role === "callee" && current.state === "ringing" && current.peer === callee) {
    await meetGlare(host, call, current.session, callee);
    return true;
  }
  const { present } = await host.peers
    .send(callee, "call.probe", probeOf(call.payload))
    .catch(failStart);
  if (!present) throw refuse.offline();
  if (liveCall(host)?.session === current.session) throw refuse.busy();
  // It has ended while the callee was asked.
  return busyHere(host, call, callee);
}

/** Takes both users in the store; returns the lock in the way, if there is one. */
async function takeBoth(host: Host, call: Start, key: CallKey): Promise<BusyLock | undefined> {
  const holdMs = ringMsOf(host, call.payload) + HOLD_SLACK_MS;
  const over = endedCalls(host).map((ended) => ended.session);
  const attempt = (known: readonly string[]): Promise<StartResult> =>
    host.calls.start(key, call.connection.profile, holdMs, known);
  try {
    // Each side may have a lock that is left over.
    const known = [...over];
    for (let stale = 0; ; stale += 1) {
      const result = await attempt(known);
      if (result.ok) return undefined;
      if (stale === 2 || !(await isStale(host, call, key, result.lock))) return result.lock;
      known.push(result.lock.session);
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    // The callee has joined it already: only the answer was lost.
    if (liveCall(host)?.session === key.session) return undefined;
    // The command may have been carried out all the same, or may yet be: what it took is given back,
    // and both objects know that the call is over, so that its locks stand in nobody's way.
    const message = { session: key.session, reason: "unreachable" as const };
    forgetStart(host, key.session);
    rememberOver(host, key.session, message.reason);
    settle(host, { call: key, notify: { kind: "call.ended", message } });
    const { present } = await host.peers
      .send(key.callee, "call.probe", probeOf(call.payload))
      .catch(failStart);
    throw present ? refuse.start(error) : refuse.offline();
  }
}

/**
 * Asks the locked user's object about the lock, and whether anybody is there at all.
 *
 * @returns whether the lock is left over from a call that is no more.
 */
async function isStale(host: Host, call: Start, key: CallKey, lock: BusyLock): Promise<boolean> {
  const { session } = lock;
  const callerInfo = call.connection.profile;
  const probe = await host.peers
    .send(key.callee, "call.probe", { session, callerInfo, ...probeOf(call.payload) })
    .catch(failStart);
  if (!probe.present) throw refuse.offline();
  const known = lock.side === "callee" ? probe.session : knownHere(host, session);
  return known === "over" || (known === "unknown" && lock.ageMs > UNEXPLAINED_MS);
}

/** Both users are ours: remember the call, ring the callee, and tell the caller. */
async function ringCallee(host: Host, call: Start, key: CallKey): Promise<void> {
  const { connection } = call;
  const known = knownHere(host, key.session);
  // Given up, or joined and ended, before the store had answered: what it took is given back.
  if (known === "over") settle(host, { call: key });
  if (known !== "unknown") return;
  const there = host.sockets.of(connection.device);
  const away = there === undefined;
  const other = liveCall(host);
  if (other || (away && !host.sockets.resumes(connection.device))) {
    // The caller got into another call, or went away for good, while the store was asked.
    settle(host, { call: key });
    throw other ? refuse.busy() : refuse.notFound();
  }
  const placed = callOf(host, call, key);
  saveCall(host, away ? lost(placed, host.now(), host.settings.graceMs) : placed);
  host.log("info", "call.start", { session: key.session });
  host.count("edgering_calls_started_total");
  await ringPeer(host, placed, connection.profile);
  if (!there || there.id === connection.id || there.resume) return;
  // That socket came while the store was asked: it takes the call over.
  const current = liveCall(host);
  const isThere = host.sockets.of(there.device)?.id === there.id;
  if (isThere && current?.session === key.session) resume(host, current, there);
}

function ringMsOf(host: Host, { ring_timeout }: Start["payload"]): number {
  return ring_timeout === undefined ? host.settings.ringMs : ring_timeout * 1_000;
}
