import { describe, expect, onTestFinished, test } from "vitest";
import { rules } from "../../src/core/call.ts";
import { redisCallStore } from "../../src/adapters/call-store.ts";
import { StoreUnavailable } from "../../src/core/ports.ts";
import { createEmbeddedEngine } from "../../dev/redis/embedded.ts";
import type { RedisEngine } from "../../dev/redis/engine.ts";
import { startRedisServer } from "../../dev/redis/redis-server.ts";
import { callStoreContract } from "../contracts/call-store.ts";
import { callStoreProperties } from "../contracts/call-store-properties.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { openMemoryStore, openRedisStore } from "../support/stores.ts";

const call = { session: "s", caller: "ann", callee: "bob" };
const rival = { session: "t", caller: "cem", callee: "bob" };
const info = { user_id: "ann" };

describe("a call store in memory", () => {
  callStoreContract(openMemoryStore);
  callStoreProperties(openMemoryStore);
});

describe("the call store over the embedded engine", () => {
  overRedis(async () => createEmbeddedEngine());
});

describeWithRedis("the call store over a real redis-server", (file) => {
  overRedis(() => startRedisServer(file));
});

function overRedis(openEngine: () => Promise<RedisEngine>): void {
  const open = async () => openRedisStore(await openEngine());
  callStoreContract(open);
  callStoreProperties(open);

  /** A store for one test, with its engine. */
  async function own() {
    const engine = await openEngine();
    const opened = await openRedisStore(engine);
    onTestFinished(() => opened.close());
    return { ...opened, engine };
  }

  test("STORE-1 every operation is one command", async () => {
    const { store, commands } = await own();
    const costs: Record<string, number> = {};
    const count = async (name: string, work: () => Promise<unknown>) => {
      const before = commands() ?? NaN;
      await work();
      costs[name] = (commands() ?? NaN) - before;
    };
    await count("start", () => store.start(call, info, 60_000, []));
    await count("busy", () => store.start(rival, info, 60_000, []));
    await count("accept", () => store.change(call, rules.accept, "phone", 60_000));
    await count("refresh", () => store.refresh(call, "accepted", 60_000));
    await count("find", () => store.find("s"));
    await count("find nonsense", () => store.find("x".repeat(37)));
    await count("end", () => store.end(call));
    expect(costs).toEqual({
      start: 1,
      busy: 1,
      accept: 1,
      refresh: 1,
      find: 1,
      "find nonsense": 0,
      end: 1,
    });
  });

  test("STORE-5 a lock whose record outlives its deadline counts as free", async () => {
    const { store, engine } = await own();
    await store.start(call, info, 60_000, []);
    await engine.run(["HSET", "call:user:bob", "until", "1"]);
    expect(await store.start(rival, info, 60_000, [])).toEqual({ ok: true });
  });

  test("a profile that cannot be read does not keep a call from being taken", async () => {
    const { store, engine } = await own();
    await store.start(call, info, 60_000, []);
    await engine.run(["HSET", "call:session:s", "caller_info", "{half"]);
    expect(await store.change(call, rules.accept, "phone", 60_000)).toEqual({
      outcome: "changed",
      callerInfo: undefined,
    });
  });
}

test("an answer that no script gives is a fault of the store", async () => {
  const store = redisCallStore(async <T>() => ["what?"] as T);
  await expect(store.start(call, info, 60_000, [])).rejects.toThrow(StoreUnavailable);
  await expect(store.change(call, rules.accept, "x", 60_000)).rejects.toThrow(StoreUnavailable);
});
