/** What coming, going and the passing of time mean for a call. */
import { lost, overdue, without } from "../../core/live-call.ts";
import { StoreUnavailable } from "../../core/ports.ts";
import type { Connection, Hooks, Host, Loss } from "../feature.ts";
import { ESTABLISHED_HOLD_MS, liveCall, REFRESH_MS, saveCall } from "./book.ts";
import { abandon, finish, keyOf } from "./ending.ts";
import { resume } from "./resume.ts";
import { ringDevices } from "./ring.ts";
import { settleAgain } from "./settling.ts";

/** Close codes by which a caller says that it gives up: normal, going away, and none at all. */
const GIVING_UP = new Set([1000, 1001, 1005]);
const GOING_AWAY = 1001;
/** The store did not answer: how soon to ask it again. */
const REFRESH_RETRY_MS = 15_000;

function connected(host: Host, connection: Connection): void {
  const call = liveCall(host);
  if (!call) return;
  const late = overdue(call, host.now());
  if (late) {
    // A device that was never rung need not be told.
    abandon(
      host,
      call,
      call.device === undefined ? { action: late, by: connection } : { action: late },
    );
  } else if (call.device === undefined) {
    ringDevices(host, saveCall(host, without(call, "graceUntil")), [connection]);
  } else if (call.device === connection.device) {
    resume(host, call, connection);
  }
}

function disconnected(host: Host, connection: Connection, loss: Loss): void {
  const call = liveCall(host);
  if (!call) return;
  const gone =
    call.device === undefined ? host.sockets.all().length === 0 : call.device === connection.device;
  if (!gone) return;
  if (call.role === "caller" && call.state === "ringing" && givesUp(connection, loss)) {
    abandon(host, call, { action: "lose" });
  } else {
    saveCall(host, lost(call, host.now(), host.timing.graceMs));
  }
}

/** Whether a caller that goes away means it: a page that resumes may be reloading. */
function givesUp(connection: Connection, { code }: Loss): boolean {
  return GIVING_UP.has(code) && !(connection.resume && code === GOING_AWAY);
}

/** A socket that names its call in a request claims it. */
function named(host: Host, connection: Connection, session: string): void {
  const call = liveCall(host);
  if (call?.session !== session || call.device !== connection.device) return;
  if (call.graceUntil === undefined || overdue(call, host.now())) return;
  saveCall(host, without(call, "graceUntil"));
}

/** A token may expire in a call, but the call goes on until its own end. */
function holds(host: Host, device: string): boolean {
  const call = liveCall(host);
  return call !== undefined && (call.device ?? device) === device;
}

/** A deadline of the call may have come. */
async function callAlarm(host: Host): Promise<void> {
  const call = liveCall(host);
  const late = call && overdue(call, host.now());
  if (late) await finish(host, call, { action: late });
  else if (call) saveCall(host, call);
}

/** Looks after an established call: both sides notice lost sockets; the caller's keeps the store's records. */
async function refresh(host: Host): Promise<void> {
  const call = liveCall(host);
  if (call?.state !== "accepted") return;
  host.alarms.set("refresh", host.now() + REFRESH_MS);
  if (call.role === "callee") return;
  try {
    const result = await host.calls.refresh(keyOf(host, call), call.state, ESTABLISHED_HOLD_MS);
    if (result === "taken") abandon(host, call, { action: "replace" });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    if (liveCall(host)) host.alarms.set("refresh", host.now() + REFRESH_RETRY_MS);
  }
}

/** What the shell tells the calls. */
export const hooks: Hooks = {
  connected,
  disconnected,
  named,
  holds,
  alarms: { call: callAlarm, refresh, closing: settleAgain },
};
