/** Pushes that nobody waits for: cancels and missed calls. Written down first, and tried a few times. */
import type { PushNote, PushTarget } from "../../core/push.ts";
import type { Host } from "../feature.ts";
import { changeRoute } from "./routes.ts";

/** A notice on its way. */
interface Notice {
  /** Hash of the token that was rung. */
  readonly key: string;
  readonly target: PushTarget;
  readonly note: PushNote;
  /** It goes to an alert token, which is another than the one that was rung. */
  readonly isAlert: boolean;
}

interface Row extends Notice {
  readonly until: number;
  readonly tries: number;
}

/** A cancel is of use for so long, in milliseconds. */
const USEFUL_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LOST_AFTER_MS = 20_000;

/** Sends a notice. */
export function post(host: Host, notice: Notice): void {
  const name = `notice:${notice.note.session}:${notice.key}:${notice.note.kind}`;
  const row: Row = { ...notice, until: host.now() + USEFUL_MS, tries: 0 };
  host.storage.put(name, row);
  host.background(deliver(host, name));
}

/** Makes an attempt; the alarm's name is the row's. */
export async function deliver(host: Host, name: string): Promise<void> {
  const row = host.storage.get<Row>(name);
  if (!row) return;
  if (host.now() >= row.until) {
    forget(host, name);
    return;
  }
  const tries = row.tries + 1;
  host.storage.put(name, { ...row, tries });
  host.alarms.set(name, host.now() + LOST_AFTER_MS);
  const result = await host.push.send(row.target, row.note);
  if (host.storage.get<Row>(name)?.tries !== tries) return;
  const { os } = row.target;
  const { kind, session } = row.note;
  const { outcome } = result;
  host.count("edgering_pushes_total", { os, kind, outcome });
  const detail = "detail" in result ? { detail: result.detail } : {};
  const line = { session, os, outcome, token: row.key.slice(0, 12), ...detail };
  host.log(outcome === "taken" ? "info" : "warn", `push.${kind}`, line);
  if (outcome === "dead") forgetDead(host, row);
  const waitMs = outcome === "later" ? (result.afterMs ?? pauseOf(tries)) : Infinity;
  const at = host.now() + Math.max(waitMs, FIRST_RETRY_MS);
  if (at < row.until) host.alarms.set(name, at);
  else forget(host, name);
}

const pauseOf = (tries: number) => FIRST_RETRY_MS * 2 ** (tries - 1);

/** Forgets the token that is dead, and only that one. */
function forgetDead(host: Host, { key, isAlert }: Row): void {
  changeRoute(host, key, (route) => {
    const { alert: _, ...rest } = route;
    return isAlert ? rest : undefined;
  });
}

function forget(host: Host, name: string): void {
  host.storage.delete(name);
  host.alarms.clear(name);
}
