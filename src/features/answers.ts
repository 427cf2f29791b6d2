/**
 * Answers that places and rooms send in one line with their events, because they must not overtake those.
 * One may come although its request then counts as failed, or twice, when it had to be asked again.
 */
import type { Item } from "./place.ts";

/** Requests under way, and whether their answer has come; in memory, as the requests are. */
const underWay = new WeakMap<object, Map<string, "awaited" | "come">>();

/** Expects the answer to a request, by a name for it that the answer bears as well. */
export function expectAnswer(
  host: object,
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

/** The answer to a request has come. */
export function answerCame(host: object, ask: string): void {
  const asks = underWay.get(host);
  if (asks?.has(ask) === true) asks.set(ask, "come");
}

/** Whether an item is news: part of an answer is, as long as its request is under way and has no answer. */
export function isNews(host: object, { ask, last }: Item): boolean {
  if (ask === undefined) return true;
  const asks = underWay.get(host);
  if (asks?.get(ask) !== "awaited") return false;
  if (last) answerCame(host, ask);
  return true;
}
