/** Call stores as the contract suite wants them: with a look behind their back, and a hand on time. */
import { Redis } from "@upstash/redis/cloudflare";
import { redisCallStore } from "../../src/adapters/call-store.ts";
import type { CallStore } from "../../src/core/ports.ts";
import type { RedisEngine, Reply } from "../../dev/redis/engine.ts";
import { serveEngine } from "../../dev/redis/serve.ts";
import { memoryCallStore } from "./memory-call-store.ts";

/** One record of a store: a session's or a user's, with the milliseconds it has left. */
export interface StoreRecord {
  /** `session:` or `user:`, then the id. */
  readonly key: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Below zero when the record would stay for ever. */
  readonly leftMs: number;
}

/** A store under test. */
export interface StoreUnderTest {
  readonly store: CallStore;
  /** All that the store holds, in the order of the keys. */
  records(): Promise<StoreRecord[]>;
  /** Loses everything. */
  flush(): Promise<void>;
  /** Lets time pass, in milliseconds. */
  pass(ms: number): Promise<void>;
  /** Commands that the store's database has got so far; nothing where there is none. */
  commands(): number | undefined;
  close(): Promise<void>;
}

const byKey = (a: StoreRecord, b: StoreRecord) => (a.key < b.key ? -1 : 1);

/** The in-memory store. */
export async function openMemoryStore(): Promise<StoreUnderTest> {
  let now = 1_000_000;
  const store = memoryCallStore(() => now);
  return {
    store,
    async records() {
      const sessions = [...store.sessions].map(([id, row]) => {
        const { caller, callee, state, until } = row;
        return { key: `session:${id}`, fields: { caller, callee, state }, leftMs: until - now };
      });
      const users = [...store.locks].map(([id, row]) => {
        const { session, peer, role, until } = row;
        return { key: `user:${id}`, fields: { session, peer, role }, leftMs: until - now };
      });
      return [...sessions, ...users].filter(({ leftMs }) => leftMs > 0).toSorted(byKey);
    },
    flush: async () => store.flush(),
    pass: async (ms) => {
      now += ms;
    },
    commands: () => undefined,
    close: async () => {},
  };
}

/** The store over the REST client, the local endpoint, and an engine, which is closed with it. */
export async function openRedisStore(engine: RedisEngine): Promise<StoreUnderTest> {
  let commands = 0;
  const counted: RedisEngine = {
    ...engine,
    run: (words) => {
      commands += 1;
      return engine.run(words);
    },
  };
  const served = await serveEngine(counted);
  // As src/adapters/redis.ts has it, but with all the time in the world: machines may be busy.
  const redis = new Redis({
    url: served.url,
    token: served.token,
    retry: { retries: 0 },
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
  });
  const ask = async (...words: string[]) => plain(await engine.run(words));
  const keys = async () => (await ask("KEYS", "call:*")) as string[];
  return {
    store: redisCallStore((command) => command(redis)),
    async records() {
      const found = await Promise.all(
        (await keys()).map(async (key) => {
          const fields = pairs((await ask("HGETALL", key)) as string[]);
          const { caller, callee, state, session, peer, role } = fields;
          const kept = { caller, callee, state, session, peer, role };
          return {
            key: key.slice("call:".length),
            fields: JSON.parse(JSON.stringify(kept)) as Record<string, string>,
            leftMs: (await ask("PTTL", key)) as number,
          };
        }),
      );
      return found.toSorted(byKey);
    },
    async flush() {
      await ask("FLUSHALL");
    },
    // Nobody waits: every deadline comes nearer instead.
    async pass(ms) {
      for (const key of await keys()) {
        const left = ((await ask("PTTL", key)) as number) - ms;
        if (left <= 0) await ask("DEL", key);
        else await ask("PEXPIRE", key, String(left));
        if (left <= 0 || !key.startsWith("call:user:")) continue;
        for (const field of ["until", "since"]) await ask("HINCRBY", key, field, String(-ms));
      }
    },
    commands: () => commands,
    close: () => served.close(),
  };
}

function pairs(list: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(
    list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]]] : [])),
  );
}

function plain(reply: Reply): unknown {
  switch (reply.type) {
    case "array":
      return reply.items.map(plain);
    case "bulk":
      return Buffer.from(reply.bytes).toString();
    case "integer":
      return reply.value;
    case "null":
      return null;
    case "status":
      return reply.text;
    case "error":
      throw new Error(reply.text);
  }
}
