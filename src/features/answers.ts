/**
 * Answers that a place sends in one line with its events, because they must not overtake those. One may
 * come although its request then counts as failed, or twice, when a place had to be asked again.
 */
import type { Host } from "./feature.ts";
import type { Item } from "./place.ts";

/** Requests under way, and whether their answer has come; in memory, as the requests are. */
const underWay = new WeakMap<Host, Map<string, "awaited" | "come">>();

/** Expects the answer to a request that has this id. */
export function expectAnswer(
  host: Host,
  ask: string,
): { readonly hasCome: () => boolean; readonly end: () => void } {
  const asks = underWay.get(host) ?? new Map<string, "awaited" | "come">();
  underWay.set(host, asks);
  asks.set(ask, "awaited");
  return {
    hasCome: () => asks.get(ask) === "come",
    end: () => {
      asks.delete(ask);
    },
  };
}

/** Whether an item is news: part of an answer is, as long as its request is under way and has no answer. */
export function isNews(host: Host, { ask, last }: Item): boolean {
  if (ask === undefined) return true;
  const asks = underWay.get(host);
  if (asks?.get(ask) !== "awaited") return false;
  if (last) asks.set(ask, "come");
  return true;
}
