/** News of a call's end that waits for devices that are away. */
import type { Outgoing } from "../connection.ts";
import type { Host } from "../feature.ts";

const FAREWELL = "farewell";

/** What an absent device has yet to hear, until then. */
interface LateNews {
  readonly device: string;
  readonly event: Outgoing;
  readonly until: number;
}

/** Keeps the news of a call's end for devices that are away; the latest for each. */
export function keepFarewells(host: Host, all: readonly LateNews[]): void {
  const news = all.filter(({ until }) => host.now() < until);
  if (news.length === 0) return;
  const devices = news.map(({ device }) => device);
  const others = farewells(host).filter(({ device }) => !devices.includes(device));
  host.storage.put(FAREWELL, [...others, ...news]);
}

/** Whether news of a call's end still waits for a device. */
export function isAwaited(host: Host, device: string): boolean {
  return farewells(host).some((late) => late.device === device);
}

/** Takes the news for a device that has returned, if it returned in time. */
export function takeFarewell(host: Host, device: string): Outgoing | undefined {
  if (host.storage.get(FAREWELL) === undefined) return undefined;
  const kept = farewells(host);
  const others = kept.filter((late) => late.device !== device);
  if (others.length === 0) host.storage.delete(FAREWELL);
  else if (others.length < kept.length) host.storage.put(FAREWELL, others);
  return kept.find((late) => late.device === device)?.event;
}

/** News that still waits. */
function farewells(host: Host): readonly LateNews[] {
  // The version before had room for one.
  const kept = [host.storage.get<LateNews | LateNews[]>(FAREWELL) ?? []].flat();
  return kept.filter(({ until }) => host.now() < until);
}
