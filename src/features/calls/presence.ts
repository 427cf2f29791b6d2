/** What coming, going and the passing of time mean for a call. */
import { awaited, lost, missing, overdue, without, type LiveCall } from "../../core/live-call.ts";
import { StoreUnavailable } from "../../core/ports.ts";
import type { CallSnapshot } from "../../protocol/resume.ts";
import type { Connection } from "../connection.ts";
import { PeerUnreachable, type Hooks, type Host, type Loss, type PeerHandler } from "../feature.ts";
import { confirm } from "./answer.ts";
import { ESTABLISHED_HOLD_MS, giveUpStarts, liveCall, REFRESH_MS, saveCall } from "./book.ts";
import { abandon, finish, keyOf } from "./ending.ts";
import { isAwaited, takeFarewell } from "./farewells.ts";
import { resume } from "./resume.ts";
import { ringDevices, tellRung, wakes } from "./ring.ts";
import { settleAgain } from "./settling.ts";

/** Close codes by which a caller says that it gives up: normal, going away, and none at all. */
const GIVING_UP = new Set([1000, 1001, 1005]);
const GOING_AWAY = 1001;
/** The store did not answer: how soon to ask it again. */
const REFRESH_RETRY_MS = 15_000;

function connected(host: Host, connection: Connection, resumed: boolean): void {
  const farewell = takeFarewell(host, connection.device);
  if (farewell) host.sockets.deliver(farewell, [connection]);
  const call = liveCall(host);
  if (!call) return;
  const late = overdue(call, host.now());
  if (late) {
    // A device that was never rung need not be told, nor one that comes too late.
    const isRinging = ({ device, until }: { device: string; until: number }): boolean =>
      device === connection.device && host.now() < until;
    const told = call.device !== undefined || awaited(call).some(isRinging);
    abandon(host, call, told ? { action: late } : { action: late, by: connection });
  } else if (call.device === undefined) {
    const ring = saveCall(host, without(call, "graceUntil"));
    if (resumed) tellRung(host, ring, [connection]);
    else ringDevices(host, ring, [connection]);
  } else if (call.device === connection.device) {
    resume(host, call, connection, resumed);
    if (connection.resume) tellPeer(host, call);
  }
}

function disconnected(host: Host, connection: Connection, loss: Loss): void {
  if (givesUp(connection, loss)) giveUpStarts(host, connection.device);
  const current = liveCall(host);
  if (!current) return;
  const call = missRinging(host, current, connection, loss);
  const gone =
    call.device === undefined ? host.sockets.all().length === 0 : call.device === connection.device;
  if (!gone) return;
  if (call.role === "caller" && call.state === "ringing" && givesUp(connection, loss)) {
    abandon(host, call, { action: "lose" });
  } else if (call.device !== undefined || !wakes(host, call)) {
    const { graceUntil } = saveCall(host, lost(call, host.now(), host.settings.graceMs));
    if (call.graceUntil === undefined) tellPeer(host, call, graceUntil);
  }
}

/** A device that is lost while it rings must hear of the end on its return; one that is closed rings no more. */
function missRinging(host: Host, call: LiveCall, connection: Connection, loss: Loss): LiveCall {
  const { device } = connection;
  const rings = call.device === undefined && !call.ignored?.includes(device);
  if (!rings || givesUp(connection, loss) || host.sockets.resumes(device)) return call;
  return saveCall(host, missing(call, device, host.now() + host.settings.graceMs));
}

/** Lets the peer's device know that this side is away until `deadline`, or back. Nobody depends on it. */
function tellPeer(host: Host, call: LiveCall, deadline?: number): void {
  if (call.state !== "accepted" || (deadline === undefined && call.graceUntil === undefined))
    return;
  const message = { session: call.session, ...(deadline === undefined ? {} : { deadline }) };
  host.background(host.peers.send(call.peer, "call.presence", message).catch(() => undefined));
}

/** The peer's device went away, or came back. */
export const onPresence: PeerHandler<"call.presence"> = (host, from, { session, deadline }) => {
  const call = liveCall(host);
  if (call?.session !== session || call.peer !== from || call.device === undefined) return null;
  if (!host.sockets.resumes(call.device)) return null;
  const event =
    deadline === undefined
      ? { type: "call.peer_reconnected" as const, payload: { session_id: session } }
      : { type: "call.peer_reconnecting" as const, payload: { session_id: session, deadline } };
  host.sockets.deliver(event, [{ device: call.device }]);
  return null;
};

/** What a client that starts over is told of the call. */
function snapshot(host: Host, connection: Connection): readonly CallSnapshot[] {
  const call = liveCall(host);
  if (!call || overdue(call, host.now())) return [];
  const { session, state, role, peer, peerInfo, device, ringUntil, graceUntil } = call;
  return [
    {
      session_id: session,
      state,
      role,
      peer_id: peer,
      ...(peerInfo ? { peer_info: peerInfo } : {}),
      here: (device ?? connection.device) === connection.device,
      ...(state === "ringing" ? { ring_deadline: ringUntil } : {}),
      ...(graceUntil === undefined ? {} : { claim_deadline: graceUntil }),
    },
  ];
}

/** Whether a caller that goes away means it: a page that resumes may be reloading. */
function givesUp(connection: Connection, { code }: Loss): boolean {
  return GIVING_UP.has(code) && !(connection.resume && code === GOING_AWAY);
}

/** A socket that names its call in a request claims it. */
function named(host: Host, connection: Connection, session: string): void {
  const call = liveCall(host);
  if (call?.session !== session || call.device === undefined) return;
  if (call.graceUntil === undefined || overdue(call, host.now())) return;
  // A frame of a socket that has been replaced says nothing about the new one.
  if (host.sockets.of(connection.device)?.id !== connection.id) return;
  const claimed = without(without(call, "graceUntil"), "unclaimed");
  if (call.device === connection.device) saveCall(host, claimed);
  else if (call.unclaimed && !host.sockets.of(call.device)) {
    // It was accepted without a socket, by a device that this socket may well belong to.
    const mine = saveCall(host, { ...claimed, device: connection.device });
    resume(host, mine, connection);
    saveCall(host, mine);
  } else return;
  tellPeer(host, call);
}

/**
 * A token may expire in a call, but the call goes on until its own end. A device that was away when its
 * call ended has yet to hear of it, by whichever socket takes its place.
 */
function holds(host: Host, device: string): boolean {
  const call = liveCall(host);
  return call ? (call.device ?? device) === device : isAwaited(host, device);
}

/** A deadline of the call may have come. */
async function callAlarm(host: Host): Promise<void> {
  const call = liveCall(host);
  const late = call && overdue(call, host.now());
  if (late) await finish(host, call, { action: late });
  else if (call) {
    saveCall(host, call);
    // A caller's object that is out of reach is asked again by the alarm that has just been set.
    if (call.unconfirmed) await confirm(host, call).catch(ignoreUnreachable);
  }
}

function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof PeerUnreachable)) throw error;
}

/** Looks after an established call: both sides notice lost sockets; the caller's keeps the store's records. */
async function refresh(host: Host): Promise<void> {
  const call = liveCall(host);
  if (call?.state !== "accepted") return;
  host.alarms.set("refresh", host.now() + REFRESH_MS);
  if (call.role === "callee") return;
  try {
    const result = await host.calls.refresh(keyOf(host, call), call.state, ESTABLISHED_HOLD_MS);
    // The store judges who was first, not who lives: a lock may be left over. The peer's object knows.
    if (result === "taken" && !(await livesOn(host, call))) {
      abandon(host, call, { action: "replace" });
    } else if (result === "taken") {
      host.alarms.set("refresh", host.now() + REFRESH_RETRY_MS);
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    if (liveCall(host)) host.alarms.set("refresh", host.now() + REFRESH_RETRY_MS);
  }
}

/** Whether the peer's object is in the call, too; a peer out of reach is given time. */
async function livesOn(host: Host, { peer, session }: LiveCall): Promise<boolean> {
  const probe = await host.peers.send(peer, "call.probe", { session }).catch(() => undefined);
  return probe === undefined || probe.session === "live";
}

/** What the shell tells the calls. */
export const hooks: Hooks = {
  connected,
  disconnected,
  named,
  snapshot,
  holds,
  alarms: { call: callAlarm, refresh, closing: settleAgain },
};
