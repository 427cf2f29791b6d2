/** What every Redis behind the local endpoint must do, seen through the one client the Worker uses. */
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RedisEngine } from "../../dev/redis/engine.ts";
import { scriptSha } from "../../dev/redis/script-source.ts";
import { serveEngine } from "../../dev/redis/serve.ts";

const WRONG_TYPE = /WRONGTYPE Operation against a key holding the wrong kind of value/;

/** Defines the contract's tests for the engine that the factory opens; it must hold no keys of others. */
export function redisEngineContract(open: () => Promise<RedisEngine>): void {
  let served: Awaited<ReturnType<typeof serveEngine>>;
  let redis: Redis;

  beforeAll(async () => {
    served = await serveEngine(await open());
    redis = new Redis({
      url: served.url,
      token: served.token,
      automaticDeserialization: false,
      enableAutoPipelining: false,
      enableTelemetry: false,
      retry: false,
    });
  });
  afterAll(() => served.close());
  beforeEach(async () => {
    await redis.flushall();
    await redis.scriptFlush();
  });

  test("answers a ping", async () => {
    expect(await redis.ping()).toBe("PONG");
    expect(await redis.ping(["hello"])).toBe("hello");
  });

  test.each(["123", "true", "null", "", "OK", "T0s=", "é😀", "a\0b", "line\r\nline", '{"a":"b"}'])(
    "keeps the text %j as it is",
    async (text) => {
      await redis.set("key", text);
      expect(await redis.get("key")).toBe(text);
      await redis.hset("hash", { [text]: text });
      expect(await redis.hgetall("hash")).toEqual([text, text]);
      expect(
        await redis.eval("return { ARGV[1], redis.call('GET', KEYS[1]) }", ["key"], [text]),
      ).toEqual([text, text]);
    },
  );

  test("has nothing for a missing key", async () => {
    expect(await redis.get("none")).toBeNull();
    expect(await redis.hget("none", "field")).toBeNull();
    expect(await redis.hmget("none", "a", "b")).toEqual([null, null]);
    expect(await redis.hgetall("none")).toEqual([]);
    expect(await redis.exists("none")).toBe(0);
    expect(await redis.type("none")).toBe("none");
    expect(await redis.ttl("none")).toBe(-2);
  });

  test("lets one of many writers win a lock, in either letter case", async () => {
    const tries = Array.from({ length: 50 }, (_, i) =>
      redis.set("lock", `writer ${i}`, { nx: true, px: 60_000 }),
    );
    expect((await Promise.all(tries)).filter((result) => result === "OK")).toHaveLength(1);
    expect(await redis.exec(["set", "lock", "late", "nx"])).toBeNull();
    expect(await redis.exec(["SET", "lock", "late", "NX", "GET"])).toMatch(/^writer \d+$/);
    expect(await redis.set("lock", "next", { xx: true })).toBe("OK");
  });

  test("forgets a key when its time is over", async () => {
    await redis.set("a", "1", { ex: 100 });
    expect(await redis.ttl("a")).toBe(100);
    await redis.set("a", "2", { keepTtl: true });
    expect(await redis.ttl("a")).toBe(100);
    expect(await redis.persist("a")).toBe(1);
    expect(await redis.ttl("a")).toBe(-1);
    expect(await redis.pexpire("a", 50_000)).toBe(1);
    expect(await redis.pttl("a")).toBeGreaterThan(49_000);
    expect(await redis.pexpireat("a", 1)).toBe(1);
    expect(await redis.get("a")).toBeNull();
    await redis.set("b", "1", { pxat: Date.now() - 1000 });
    expect(await redis.get("b")).toBeNull();
  });

  test("counts", async () => {
    expect(await redis.incr("n")).toBe(1);
    expect(await redis.incrby("n", 41)).toBe(42);
    expect(await redis.hincrby("h", "n", -3)).toBe(-3);
    await redis.set("n", "many");
    await expect(redis.incr("n")).rejects.toThrow(/ERR value is not an integer or out of range/);
  });

  test("keeps hashes", async () => {
    expect(await redis.hset("h", { a: "1", b: "2" })).toBe(2);
    expect(await redis.hset("h", { a: "3" })).toBe(0);
    expect(await redis.hsetnx("h", "a", "4")).toBe(0);
    expect(await redis.hgetall("h")).toEqual(["a", "3", "b", "2"]);
    expect(await redis.hmget("h", "b", "c")).toEqual(["2", null]);
    expect(await redis.hexists("h", "b")).toBe(1);
    expect(await redis.hdel("h", "a", "b", "c")).toBe(2);
    expect(await redis.exists("h")).toBe(0);
  });

  test("lists keys", async () => {
    await redis.set("user:1", "a");
    await redis.hset("user:2", { a: "1" });
    expect((await redis.keys("user:*")).toSorted()).toEqual(["user:1", "user:2"]);
    expect(await redis.scan(0, { match: "*:2", count: 100 })).toEqual(["0", ["user:2"]]);
    expect(await redis.dbsize()).toBe(2);
    expect(await redis.del("user:1", "user:2", "user:3")).toBe(2);
  });

  test("refuses in Redis's words", async () => {
    await redis.set("text", "a");
    await expect(redis.hget("text", "a")).rejects.toThrow(WRONG_TYPE);
    await expect(redis.exec(["get"])).rejects.toThrow(
      /ERR wrong number of arguments for 'get' command/,
    );
    await expect(redis.exec(["nope", "a"])).rejects.toThrow(/ERR unknown command 'nope'/);
    await expect(redis.evalsha("0".repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/);
  });

  test("answers a pipeline command by command", async () => {
    const pipeline = redis
      .pipeline()
      .set("a", "1")
      .hget("a", "x")
      .incr("a")
      .exec({ keepErrors: true });
    const results = await pipeline;
    expect(results.map(({ result }) => result)).toEqual(["OK", undefined, 2]);
    expect(results[1]?.error).toMatch(WRONG_TYPE);
  });

  test("runs a transaction as a whole", async () => {
    const bump = () => redis.multi().incr("n").incr("n").exec<[number, number]>();
    const pairs = await Promise.all(Array.from({ length: 20 }, bump));
    expect(pairs.every(([first, second]) => second === first + 1)).toBe(true);
    await redis.set("text", "a");
    expect(await redis.multi().set("b", "1").get("b").exec()).toEqual(["OK", "1"]);
  });

  test("runs none of a transaction with a command that cannot run", async () => {
    const response = await fetch(`${served.url}/multi-exec`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.token}` },
      body: JSON.stringify([["set", "a", "1"], ["nope"]]),
    });
    expect(await response.json()).toEqual({
      error: "EXECABORT Transaction discarded because of previous errors.",
    });
    expect(await redis.get("a")).toBeNull();
  });

  test("runs a script by its name once it was sent whole", async () => {
    const script = redis.createScript<string[]>("return { KEYS[1], ARGV[1] }");
    expect(await script.exec(["key"], ["first"])).toEqual(["key", "first"]);
    const sha = await redis.scriptLoad("return { KEYS[1], ARGV[1] }");
    expect(await redis.evalsha(sha, ["key"], ["second"])).toEqual(["key", "second"]);
    expect(await redis.scriptExists(sha, "0".repeat(40))).toEqual([1, 0]);
  });

  test("takes Upstash's key locking, under the script's own name", async () => {
    const source =
      "#!lua flags=allow-key-locking\n-- a comment\nreturn redis.call('INCR', KEYS[1])";
    const sha = await redis.scriptLoad(source);
    const script = redis.createScript<number>(source);
    expect(sha).toBe(scriptSha(source, "utf8"));
    expect(await redis.evalsha(sha, ["n"], [])).toBe(1);
    expect(await redis.scriptExists(sha)).toEqual([1]);
    await redis.scriptFlush();
    await expect(redis.evalsha(sha, ["n"], [])).rejects.toThrow(/NOSCRIPT/);
    expect(await script.exec(["n"], [])).toBe(2);
    expect(await redis.multi().evalsha(sha, ["n"], []).exec()).toEqual([3]);
  });

  test("names a key-locking script in its errors as the client does", async () => {
    const source = "#!lua flags=allow-key-locking\nlocal a = nope";
    await expect(redis.eval(source, [], [])).rejects.toThrow(scriptSha(source, "utf8"));
  });

  test("runs a script with nothing in between", async () => {
    const script = redis.createScript<number>(
      "local n = tonumber(redis.call('GET', KEYS[1]) or 0) redis.call('SET', KEYS[1], n + 1) return n + 1",
    );
    const results = await Promise.all(Array.from({ length: 100 }, () => script.exec(["n"], [])));
    expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  test("keeps what a failing script had written", async () => {
    const source = "redis.call('SET', KEYS[1], 'kept') redis.call('HGET', KEYS[1], 'a')";
    await expect(redis.eval(source, ["a"], [])).rejects.toThrow(WRONG_TYPE);
    expect(await redis.get("a")).toBe("kept");
  });
}
