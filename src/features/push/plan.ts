/**
 * Who has to be pushed. The plan is made anew at every event that may change it, from what is: the
 * routes, the live sockets, and what has been done already. So the order of events does not matter,
 * and no device is pushed twice for one call.
 */
import type { LiveCall } from "../../core/live-call.ts";
import type { PushRoute } from "../../core/push.ts";
import { spellCallToken } from "../../protocol/call-token.ts";
import type { Connection } from "../connection.ts";
import type { Hooks, Host } from "../feature.ts";
import { attempt, giveUp } from "./attempt.ts";
import { mayUse, usableRoutes } from "./routes.ts";
import {
  alarmOf,
  END,
  openRecord,
  readAlarm,
  recordOf,
  ringingHere,
  saveRecord,
  type RingRecord,
  type Rung,
} from "./record.ts";

/** How long a socket has to say that it rings, in milliseconds. */
const ACK_MS = 2_000;
/** Key of the route that the caller named. */
const CALLER = "caller";

/** A ring went out to some sockets. */
export const rung: NonNullable<Hooks["rung"]> = (host, call, took) => {
  plan(
    host,
    took.map(({ id }) => id),
    call,
  );
};

/** A device has said that it rings: it need not be pushed. */
export function acknowledged(host: Host, session: string, { device, id }: Connection): void {
  const record = recordOf(host, session);
  if (!record) return;
  const rungNow = record.rung.map((one) =>
    one.route?.device === device && pending(one) ? spared(host, record, one) : one,
  );
  // Its route may be registered, or renewed, only later.
  const acked = [...new Set([...(record.acked ?? []), id])];
  saveRecord(host, { ...record, rung: rungNow, acked });
}

/** The moment has come for a device's next step. */
export function step(host: Host, name: string): void {
  const { session, key } = readAlarm(name);
  if (key === END) {
    host.background(giveUp(host, session));
    return;
  }
  const one = recordOf(host, session)?.rung.find((known) => known.key === key);
  if (one?.flying) {
    // One that was under way when the object was reset is made again; one that another device's alarm
    // has only just begun is not.
    if (host.now() >= one.at) host.background(attempt(host, session, key));
  } else if (ringingHere(host, session)) plan(host);
}

/** Looks at every route of the user whose call rings, and does what is due. `took`: sockets' ids. */
export function plan(host: Host, took: readonly string[] = [], ringing = ringingHere(host)): void {
  if (!ringing) return;
  const known = recordOf(host, ringing.session);
  const routes = usableRoutes(host).filter((route) => !ringing.ignored?.includes(route.device));
  const wake = mayUse(host, ringing.wake);
  // Sockets that took the ring are remembered in any case: their devices may register while it rings.
  if (!known && routes.length === 0 && !wake && took.length === 0) return;
  const before = known ?? openRecord(host, ringing);
  const record = { ...before, took: [...new Set([...before.took, ...took])] };
  const registered = routes.map((route) => judge(host, record, route));
  const named = wake ? judgeNamed(host, record, ringing) : undefined;
  const judged = [...registered, named].filter((one) => one !== undefined);
  const others = record.rung.filter(({ key }) => !judged.some((one) => one.key === key));
  saveRecord(host, { ...record, rung: [...others, ...judged] });
  // A device whose route is gone in the meantime has its next attempt find that out.
  const gone = others.filter(({ standing }) => standing === "due");
  for (const one of [...judged, ...gone]) schedule(host, record.session, one);
}

function schedule(host: Host, session: string, { key, standing, at, flying }: Rung): void {
  if (flying) return;
  if (standing === "due" && at <= host.now()) host.background(attempt(host, session, key));
  else if (standing === "due" || standing === "waiting") host.alarms.set(alarmOf(session, key), at);
}

/** Where a route's device stands now; nothing when there is nothing to do about it, and never was. */
function judge(host: Host, record: RingRecord, route: PushRoute): Rung | undefined {
  const one = record.rung.find(({ key }) => key === route.hash);
  const socket = host.sockets.of(route.device);
  const covered = socket !== undefined && record.took.includes(socket.id);
  const rings = covered && isRinging(record, socket);
  const pushed = isPushed(record, route);
  if (!one) {
    if (rings) return undefined;
    const begun = begin(host, record, route);
    if (pushed) return { ...begun, standing: "spared" };
    return covered ? { ...begun, standing: "waiting", at: host.now() + ACK_MS } : begun;
  }
  if (one.standing === "waiting") {
    return covered && host.now() < one.at ? one : { ...one, standing: "due", at: host.now() };
  }
  if (one.standing === "spared") {
    return covered || pushed ? one : { ...one, standing: "due", at: host.now() };
  }
  // A device that came by itself before its push could be had rings already.
  const came = rings && one.standing === "due" && !one.flying;
  return came ? spared(host, record, one) : one;
}

/** Whether the same device has been pushed under the token that it had before, or is being pushed. */
function isPushed({ rung: all }: RingRecord, { name, hash }: PushRoute): boolean {
  return all.some(
    ({ key, route, standing, flying }) =>
      key !== hash && route?.name === name && (standing === "sent" || flying),
  );
}

/** The route that the caller named is used when no socket took the ring, or none says so in time. */
function judgeNamed(host: Host, record: RingRecord, { wake }: LiveCall): Rung | undefined {
  const one = record.rung.find(({ key }) => key === CALLER);
  const took = host.sockets.all().filter(({ id }) => record.took.includes(id));
  const rings = took.some((socket) => isRinging(record, socket));
  const now = host.now();
  if (!one) {
    if (!wake || rings) return undefined;
    const begun = { key: CALLER, target: wake, at: now, tries: 0, flying: false } as const;
    if (took.length === 0) return { ...begun, standing: "due" };
    return { ...begun, standing: "waiting", at: now + ACK_MS };
  }
  if (rings) return pending(one) ? spared(host, record, one) : one;
  const waits = one.standing === "waiting" && took.length > 0 && now < one.at;
  const rests = one.standing === "spared" && took.length > 0;
  if (waits || rests || (one.standing !== "waiting" && one.standing !== "spared")) return one;
  return { ...one, standing: "due", at: now };
}

/** Whether a socket that took the ring rings for all that is known. */
function isRinging({ acked = [] }: RingRecord, { id, ack }: Connection): boolean {
  return !ack || acked.includes(id);
}

function begin(host: Host, record: RingRecord, route: PushRoute): Rung {
  const { name, device, labelled, profile, target, alert, hash } = route;
  // The same device under a renewed token keeps its call token.
  const before = record.rung.find((one) => one.route?.name === name)?.callToken;
  const secret = () => host.uuid().replaceAll("-", "") + host.uuid().replaceAll("-", "");
  return {
    key: hash,
    target,
    ...(alert ? { alert } : {}),
    route: { name, device, labelled, profile },
    callToken: before ?? spellCallToken(host.user, secret()),
    standing: "due",
    at: host.now(),
    tries: 0,
    flying: false,
  };
}

/** Whether a device is still to be pushed. */
function pending({ standing, flying }: Rung): boolean {
  return standing === "waiting" || (standing === "due" && !flying);
}

function spared(host: Host, record: RingRecord, one: Rung): Rung {
  host.alarms.clear(alarmOf(record.session, one.key));
  return { ...one, standing: "spared" };
}
