import { beforeEach, describe, expect, test } from "vitest";
import { createEmbeddedEngine } from "../../../dev/redis/embedded.ts";
import {
  array,
  bulk,
  error,
  integer,
  nil,
  ok,
  type RedisEngine,
} from "../../../dev/redis/engine.ts";

let now: number;
let engine: RedisEngine;
const run = (...words: string[]) => engine.run(words);
const text = (value: string) => bulk(Buffer.from(value));

beforeEach(() => {
  now = 1_700_000_000_123;
  engine = createEmbeddedEngine({ now: () => now });
});

describe("time", () => {
  test("LOCAL-1 is the clock's", async () => {
    expect(await run("TIME")).toEqual(array([text("1700000000"), text("123000")]));
  });

  test("lets a key live to its last millisecond", async () => {
    await run("SET", "a", "1", "PX", "100");
    now += 100;
    expect(await run("PTTL", "a")).toEqual(integer(0));
    expect(await run("GET", "a")).toEqual(text("1"));
    now += 1;
    expect(await run("GET", "a")).toEqual(nil);
    expect(await run("PTTL", "a")).toEqual(integer(-2));
  });

  test("counts no key that is over", async () => {
    await run("SET", "a", "1", "PX", "100");
    await run("SET", "b", "1");
    now += 101;
    expect(await run("DBSIZE")).toEqual(integer(1));
    expect(await run("KEYS", "*")).toEqual(array([text("b")]));
  });

  test("rounds TTL to the nearest second", async () => {
    await run("SET", "a", "1", "PX", "1499");
    expect(await run("TTL", "a")).toEqual(integer(1));
    await run("PEXPIRE", "a", "1500");
    expect(await run("TTL", "a")).toEqual(integer(2));
  });

  test("stands still during a script", async () => {
    const source =
      "local a = redis.call('TIME') for i = 1, 3 do redis.call('PING') end local b = redis.call('TIME') return a[2] == b[2]";
    let reads = 0;
    engine = createEmbeddedEngine({ now: () => now + 10 * (reads += 1) });
    expect(await run("EVAL", source, "0")).toEqual(integer(1));
  });

  test("takes keys away that nobody asks for", async () => {
    await run("SET", "a", "1", "PX", "1");
    now += 2;
    for (let turn = 0; turn < 2000; turn += 1) await run("PING");
    expect(await run("EXISTS", "a")).toEqual(integer(0));
  });
});

describe("a script with key locking", () => {
  const locked = (body: string) => `#!lua flags=allow-key-locking\n${body}`;

  test("touches only the keys it declares, as with Upstash", async () => {
    const refusal = "ERR Dynamic keys are not allowed with allow-key-locking: 'b' is not in KEYS";
    const reply = await run("EVAL", locked("local x = redis.call('DEL', KEYS[1], 'b')"), "1", "a");
    expect(reply).toMatchObject({ type: "error", text: expect.stringContaining(refusal) });
    expect(
      await run("EVAL", locked("return redis.call('DEL', KEYS[1], KEYS[2])"), "2", "a", "b"),
    ).toEqual(integer(0));
  });

  test("knows no other flag", async () => {
    expect(await run("EVAL", "#!lua flags=no-writes\nreturn 1", "0")).toEqual(
      error("ERR Unexpected flag in script shebang: no-writes"),
    );
  });
});

test("goes on after a script that broke the Lua state", async () => {
  // Lua 5.1 does not bound the depth of its pattern matching: this overflows the stack below Lua.
  const source = "return string.find(string.rep('a', 300000), string.rep('.-', 300000) .. 'b')";
  expect((await run("EVAL", source, "0")).type).toBe("error");
  expect(await run("EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "a")).toEqual(ok);
});

test("keeps the Lua libraries as they are", async () => {
  await run("EVAL", "pcall(function() string.upper = nil end) return 1", "0");
  expect(await run("EVAL", "return string.upper('a') .. ('b'):upper()", "0")).toEqual(text("AB"));
});
