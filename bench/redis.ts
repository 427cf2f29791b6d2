/** The Redis of a run: a local server behind the development endpoint, which counts what it is asked. */
import { setTimeout as delay } from "node:timers/promises";
import { openEngine, serveEngine } from "../dev/redis/serve.ts";

const QUIET_MS = 300;

/** A Redis that counts. */
export interface CountingRedis {
  readonly url: string;
  readonly token: string;
  readonly label: string;
  /** Commands so far. */
  count(): number;
  /** Commands so far, once none has come for a while: what follows a call's end is behind us then. */
  settledCount(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a Redis of our own: `redis-server` where it is installed, else the embedded engine. */
export async function startRedis(): Promise<CountingRedis> {
  const engine = await openEngine({ PATH: process.env["PATH"] });
  let commands = 0;
  const served = await serveEngine({
    ...engine,
    run(words) {
      commands += 1;
      return engine.run(words);
    },
    transaction(list) {
      commands += list.length;
      return engine.transaction(list);
    },
  });
  return {
    url: served.url,
    token: served.token,
    label: served.label,
    count: () => commands,
    async settledCount() {
      for (let before = -1; before !== commands;) {
        before = commands;
        await delay(QUIET_MS);
      }
      return commands;
    },
    close: () => served.close(),
  };
}
