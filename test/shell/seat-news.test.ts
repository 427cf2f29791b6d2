import { expect, it } from "vitest";
import { PeerUnreachable, type Host } from "../../src/features/feature.ts";
import { reconcile } from "../../src/features/seat-news.ts";

/** What a user's object offers, as far as it tells places of seats. */
function hostWith(places: readonly string[], send: (place: string) => Promise<null>) {
  const listen = { broadcast: false, presence: false };
  const rows = new Map<string, unknown>(
    places.map((place) => [
      `seat:line:${place}`,
      { seat: "line", place, told: "live", claims: 1, present: true, listen },
    ]),
  );
  const alarms = new Set<string>();
  const lines = new Map<string, "live" | "away">([["line", "away"]]);
  const work: Promise<unknown>[] = [];
  const host = {
    storage: {
      get: (key: string) => rows.get(key),
      put: (key: string, value: unknown) => rows.set(key, value),
      delete: (key: string) => rows.delete(key),
      list: (prefix: string) => [...rows].filter(([key]) => key.startsWith(prefix)),
    },
    alarms: {
      set: (name: string) => alarms.add(name),
      clear: (name: string) => alarms.delete(name),
      has: (name: string) => alarms.has(name),
    },
    lines: { all: () => lines, notes: () => [] },
    places: { send },
    now: () => 0,
    log: () => undefined,
    background: (promise: Promise<unknown>) => work.push(promise),
  };
  // What is done may begin more.
  const done = async () => {
    for (let index = 0; index < work.length; index += 1) await work[index];
  };
  return { host: host as unknown as Host, alarms, lines, done };
}

it("PRES-4 a place that did not hear of a lost socket is still told, whoever hears of it later", async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { host, alarms, lines, done } = hostWith(["deaf", "slow"], async (place) => {
    if (place === "deaf") throw new PeerUnreachable("away");
    await opened;
    return null;
  });
  reconcile(host);
  // Until the one has failed.
  await new Promise((resolve) => setImmediate(resolve));
  // Back before the other has answered: what the first one took is not known.
  lines.set("line", "live");
  open();
  await done();
  expect([...alarms]).toEqual(["places:owed"]);
});
