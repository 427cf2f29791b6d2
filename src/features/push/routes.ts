/** The devices of this user that can be woken, as stored: one row, since there are ten at most. */
import type { CallerRoute, PushRoute, PushTarget } from "../../core/push.ts";
import { isHexToken, MAX_TOKEN } from "../../protocol/push.ts";
import type { Host } from "../feature.ts";

const ROW = "routes";
const DEAD = "dead-tokens";
const MOST = 10;

/** All registered routes, the one that was renewed last at the end. */
export function routesOf(host: Host): readonly PushRoute[] {
  return host.storage.get<PushRoute[]>(ROW) ?? [];
}

/** The routes whose provider is configured. */
export function usableRoutes(host: Host): readonly PushRoute[] {
  return routesOf(host).filter(({ target }) => host.push.offers(target.os));
}

/**
 * Whether a route that a caller knows may be used: only for a user who has registered none, since a
 * stranger's knowledge is older than the user's own.
 */
export function mayUse(host: Host, wake: CallerRoute | undefined): wake is CallerRoute {
  if (wake === undefined || !host.push.callerTokens || !host.push.offers(wake.os)) return false;
  if (wake.os === "ios" ? !isHexToken(wake.token) : wake.token.length > MAX_TOKEN) return false;
  const dead = host.storage.get<string[]>(DEAD) ?? [];
  return routesOf(host).length === 0 && !dead.includes(wake.token);
}

/** Remembers that a route which a caller named is dead, so that it makes nobody look reachable again. */
export function rememberDead(host: Host, target: PushTarget): void {
  if (!("token" in target)) return;
  const known = host.storage.get<string[]>(DEAD) ?? [];
  const others = known.filter((token) => token !== target.token);
  host.storage.put(DEAD, [target.token, ...others].slice(0, MOST));
}

/** Adds a route. It replaces that of the same name and that of the same token; the oldest makes room. */
export function putRoute(host: Host, route: PushRoute): void {
  const others = routesOf(host).filter(
    ({ name, hash }) => name !== route.name && hash !== route.hash,
  );
  host.storage.put(ROW, [...others, route].slice(-MOST));
}

/** Changes the route of a token in place, if there is one; `undefined` forgets it. */
export function changeRoute(
  host: Host,
  hash: string,
  change: (route: PushRoute) => PushRoute | undefined,
): void {
  const routes = routesOf(host);
  if (!routes.some((route) => route.hash === hash)) return;
  const changed = routes.flatMap((route) =>
    route.hash === hash ? (change(route) ?? []) : [route],
  );
  if (changed.length === 0) host.storage.delete(ROW);
  else host.storage.put(ROW, changed);
}

/** Forgets the route of that name. */
export function dropRoute(host: Host, name: string): void {
  const route = routesOf(host).find((known) => known.name === name);
  if (route) changeRoute(host, route.hash, () => undefined);
}
