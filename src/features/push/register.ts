/** Registering and forgetting push routes. A token has one owner: the user who registered it last. */
import type { PushRoute, PushTarget } from "../../core/push.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { faultOf, type Registration } from "../../protocol/push.ts";
import type { AskHandler } from "../ask.ts";
import { PeerUnreachable, type Call, type Host, type PeerHandler } from "../feature.ts";
import { changeRoute, dropRoute, putRoute, routesOf } from "./routes.ts";
import { plan } from "./plan.ts";

/** Name of the row and the alarm of an owner who has yet to hear that a token is no longer theirs. */
const MOVED = "push-moved:";
const RETRY_MS = 30_000;
/** The record of a token's owner has answered by then, or never will. */
const CLAIM_MS = 60_000;

/** A device as it is registered. */
type Named = Pick<PushRoute, "name" | "device" | "labelled" | "profile">;

/** Handles `push.register`. */
export async function register(
  host: Host,
  call: Call<ClientPayload<"push.register">>,
): Promise<void> {
  const { device: label, ...registration } = call.payload;
  const named = nameOf(call, label);
  await addRoute(host, { ...named, profile: call.connection.profile }, registration);
  const payload = { device: named.name, os: registration.os };
  call.answer({ type: "push.registered", payload });
}

/** Handles `push.unregister`. */
export function unregister(host: Host, call: Call<ClientPayload<"push.unregister">>): void {
  const { name } = nameOf(call, call.payload.device);
  dropRoute(host, name);
  call.answer({ type: "push.unregistered", payload: { device: name } });
}

/** Answers `PUT /devices/:device`. */
export const onPut: AskHandler<"device.put"> = async (host, { name, registration, profile }) => {
  await addRoute(host, { ...labelled(name), profile }, registration);
  return { status: 200, body: { device: name, os: registration.os } };
};

/** Answers `DELETE /devices/:device`. */
export const onDelete: AskHandler<"device.delete"> = (host, { name }) => {
  dropRoute(host, name);
  return Promise.resolve({ status: 204 });
};

/** Somebody else has registered a token of ours. */
export const onMoved: PeerHandler<"push.moved"> = (host, _, { hash, turn }) => {
  changeRoute(host, hash, (route) => {
    const asking = route.turn === undefined && host.now() < route.at + CLAIM_MS;
    // Our own turn is not known yet, and may be the later one.
    if (asking) return { ...route, lostIn: Math.max(turn, route.lostIn ?? 0) };
    // One that never came was lost with the object that had asked.
    return (route.turn ?? 0) < turn ? undefined : route;
  });
  return null;
};

/** Tells a former owner again; the alarm's name is the row's. */
export async function tellAgain(host: Host, row: string): Promise<void> {
  const owed = host.storage.get<{ to: string; hash: string; turn: number }>(row);
  if (!owed) return;
  const { to, ...message } = owed;
  try {
    await host.peers.send(to, "push.moved", message);
    host.storage.delete(row);
    host.alarms.clear(row);
  } catch (error) {
    if (!(error instanceof PeerUnreachable)) throw error;
    host.alarms.set(row, host.now() + RETRY_MS);
  }
}

const labelled = (name: string) => ({ name, device: `label:${name}`, labelled: true });

function nameOf(
  { connection }: Pick<Call<unknown>, "connection">,
  label = connection.label,
): Omit<Named, "profile"> {
  if (label !== undefined) return labelled(label);
  const { device } = connection;
  return { name: device, device, labelled: false };
}

/**
 * Writes the route down, then becomes the token's owner. In this order, since somebody who takes the
 * token from us may be heard before the answer to our own claim.
 */
async function addRoute(host: Host, named: Named, given: Registration): Promise<void> {
  const fault = faultOf(given);
  if (fault !== undefined) throw refuse.missing(fault);
  const { target, alert } = targetsOf(given);
  const hash = await host.push.hash(target);
  const before = routesOf(host);
  const at = host.now();
  putRoute(host, { ...named, target, hash, at, ...(alert ? { alert } : {}) });
  try {
    const claimed = await host.push.claim(hash, host.user);
    changeRoute(host, hash, ({ lostIn, ...route }) =>
      lostIn !== undefined && lostIn > claimed.turn ? undefined : { ...route, turn: claimed.turn },
    );
    if (claimed.before !== undefined) tellFormer(host, claimed.before, hash, claimed.turn);
  } catch (error) {
    restore(host, hash, before);
    throw refuse.failed("Failed to register device", error);
  }
  host.log("info", "push.registered", { os: given.os, token: hash.slice(0, 12) });
  plan(host);
}

/** Puts back what a registration that failed has replaced. */
function restore(host: Host, hash: string, before: readonly PushRoute[]): void {
  const failed = routesOf(host).find((route) => route.hash === hash);
  changeRoute(host, hash, () => undefined);
  const same = before.filter((route) => route.hash === hash || route.name === failed?.name);
  for (const route of same) putRoute(host, route);
}

function tellFormer(host: Host, to: string, hash: string, turn: number): void {
  const row = MOVED + hash;
  host.storage.put(row, { to, hash, turn });
  host.alarms.set(row, host.now() + RETRY_MS);
  host.background(tellAgain(host, row));
}

function targetsOf(given: Registration): { target: PushTarget; alert?: PushTarget } {
  const { os, token = "", alert_token, environment, subscription } = given;
  if (os === "web" && subscription) return { target: { os, subscription } };
  if (os !== "ios") return { target: { os: "android", token } };
  const target = { os, token, ...(environment ? { environment } : {}) };
  return alert_token === undefined
    ? { target }
    : { target, alert: { ...target, token: alert_token } };
}
