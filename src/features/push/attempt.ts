/** One device's push: attempts until the provider takes it, refuses it, or the ring is over. */
import type { PushNote, PushResult } from "../../core/push.ts";
import type { Host } from "../feature.ts";
import { finish } from "../calls/ending.ts";
import { saveCall } from "../calls/book.ts";
import { wakes } from "../calls/ring.ts";
import { cancel } from "./cancel.ts";
import { report } from "./progress.ts";
import { changeRoute, mayUse, rememberDead, routesOf } from "./routes.ts";
import {
  alarmOf,
  END,
  recordOf,
  ringingHere,
  rungOf,
  saveRung,
  type RingRecord,
  type Rung,
  type Standing,
} from "./record.ts";

/** The first pause before another attempt, doubled each time; milliseconds. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** An attempt that has said nothing for so long was lost with the object that made it. */
const LOST_AFTER_MS = 20_000;

/** Makes an attempt, if the device still has to be pushed. */
export async function attempt(host: Host, session: string, key: string): Promise<void> {
  const record = recordOf(host, session);
  const one = rungOf(host, session, key);
  const alarm = alarmOf(session, key);
  if (!record || one?.standing !== "due" || record.over || !ringingHere(host, session)) {
    host.alarms.clear(alarm);
    return;
  }
  if (!stillThere(host, session, one)) {
    conclude(host, session, one, "refused");
    await giveUp(host, session);
    return;
  }
  const lostAt = host.now() + LOST_AFTER_MS;
  const trying = { ...one, tries: one.tries + 1, flying: true, at: lostAt };
  saveRung(host, session, trying);
  host.alarms.set(alarm, lostAt);
  const isWanted = () => ringingHere(host, session) !== undefined;
  const result = await host.push.send(one.target, noteOf(record, one), isWanted);
  const now = rungOf(host, session, key);
  // The object forgot about this attempt and has made another.
  if (!now?.flying || now.tries !== trying.tries) return;
  note(host, session, now, result);
  settle(host, session, now, result);
  await giveUp(host, session);
}

function noteOf({ session, caller, ringUntil }: RingRecord, { callToken }: Rung): PushNote {
  const base = { kind: "ring", session, caller, ringUntil } as const;
  return callToken === undefined ? base : { ...base, callToken };
}

/** Whether the token is still this user's, or still the one that the caller may use. */
function stillThere(host: Host, session: string, { key, route }: Rung): boolean {
  if (route) return routesOf(host).some(({ hash }) => hash === key);
  return mayUse(host, ringingHere(host, session)?.wake);
}

function settle(host: Host, session: string, one: Rung, result: PushResult): void {
  switch (result.outcome) {
    case "taken":
      conclude(host, session, one, "sent");
      return;
    case "dead":
      if (one.route) forgetToken(host, one.key, result.since);
      else rememberDead(host, one.target);
      conclude(host, session, one, "refused");
      return;
    case "refused":
      conclude(host, session, one, "refused");
      return;
    case "later": {
      const pause = Math.min(FIRST_RETRY_MS * 2 ** (one.tries - 1), LAST_RETRY_MS);
      // Not at once, even if the provider says so: it would be asked without end.
      const waitMs = Math.max(result.afterMs ?? pause, FIRST_RETRY_MS);
      retry(host, session, one, host.now() + waitMs);
    }
  }
}

/** Sees to another attempt, unless the ring will be over by then. */
function retry(host: Host, session: string, one: Rung, at: number): void {
  const record = recordOf(host, session);
  if (!record || record.over || at >= record.ringUntil) conclude(host, session, one, "late");
  else {
    saveRung(host, session, { ...one, flying: false, at });
    host.alarms.set(alarmOf(session, one.key), at);
  }
}

function conclude(host: Host, session: string, one: Rung, standing: Standing): void {
  const done = { ...one, standing, flying: false };
  host.alarms.clear(alarmOf(session, one.key));
  const record = saveRung(host, session, done);
  if (standing === "sent") report(host, session, "notified", one.route);
  if (standing === "refused") {
    report(host, session, "unreachable", one.route);
    if (record && !record.over) wakeRenewed(host, record, one);
  }
  // The ring came to its end while the push was on its way.
  if (standing === "sent" && record?.over) cancel(host, record, done);
}

/** A device whose old token was of no use has its next one tried. */
function wakeRenewed(host: Host, { session, rung }: RingRecord, { route }: Rung): void {
  for (const { key, standing, route: other } of rung) {
    if (standing === "spared" && route && other?.name === route.name) {
      host.alarms.set(alarmOf(session, key), host.now());
    }
  }
}

/** A provider has no use for a token any more; one that was registered since then stays. */
function forgetToken(host: Host, hash: string, since: number = Infinity): void {
  changeRoute(host, hash, (route) => (route.at > since ? route : undefined));
}

/** Ends a call that rings nowhere: no socket, nobody who was here a moment ago, no route left. */
export async function giveUp(host: Host, session: string): Promise<void> {
  const call = ringingHere(host, session);
  if (!call || host.sockets.all().length > 0 || wakes(host, call)) return;
  const lost = host.sockets.lastLost();
  const graceUntil = lost === undefined ? 0 : lost + host.settings.graceMs;
  const wasRung = (recordOf(host, session)?.took.length ?? 0) > 0;
  if (host.now() < graceUntil && wasRung) saveCall(host, { ...call, graceUntil });
  else if (host.now() < graceUntil) host.alarms.set(alarmOf(session, END), graceUntil);
  else await finish(host, call, { action: "unreachable" });
}

function note(host: Host, session: string, one: Rung, result: PushResult): void {
  const { outcome } = result;
  const { os } = one.target;
  host.count("edgering_pushes_total", { os, kind: "ring", outcome });
  host.log(outcome === "taken" ? "info" : "warn", "push.ring", {
    session,
    os,
    outcome,
    token: one.key.slice(0, 12),
    ...("detail" in result ? { detail: result.detail } : {}),
  });
}
