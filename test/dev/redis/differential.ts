/** Runs the same commands on the embedded engine and on a real Redis; the replies must be the same. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmbeddedEngine } from "../../../dev/redis/embedded.ts";
import type { RedisEngine, Reply, Words } from "../../../dev/redis/engine.ts";
import { commandArbitrary } from "./commands.ts";
import { luaFiles, scriptCallArbitrary } from "./lua-files.ts";
import { scriptCases } from "./script-cases.ts";

/** The two clocks are read at different moments; by no more than this, in milliseconds. */
const CLOCK_TOLERANCE = 2000;
const sources = new Set(luaFiles.map(({ source }) => source));
const UNORDERED = new Set(["keys", "scan"]);

/** A reply as plain data: status, error and bulk stay apart; bytes are Latin-1 text. */
function plain(reply: Reply): unknown {
  switch (reply.type) {
    case "array":
      return reply.items.map(plain);
    case "bulk":
      return `$${Buffer.from(reply.bytes).toString("latin1")}`;
    case "integer":
      return reply.value;
    case "null":
      return null;
    case "status":
      return `+${reply.text}`;
    case "error":
      return `-${reply.text}`;
  }
}

const isTime = (value: unknown): number =>
  typeof value === "number"
    ? value
    : /^\$\d+$/.test(String(value))
      ? Number(String(value).slice(1))
      : Number.NaN;

/** The real reply, with the embedded engine's numbers in place of those that may differ by the clock alone. */
function alignClock(words: Words, real: unknown, embedded: unknown): unknown {
  if (Array.isArray(real) && Array.isArray(embedded)) {
    return real.map((item, i) => alignClock(words, item, embedded[i]));
  }
  // A script may answer how long something took; a command's small number is never a time.
  const least = sources.has(words[1] ?? "") ? 0 : 100;
  const [a, b] = [isTime(real), isTime(embedded)];
  return a >= least && b >= least && Math.abs(a - b) <= CLOCK_TOLERANCE ? embedded : real;
}

const comparable = ([name = ""]: Words, reply: Reply): unknown => {
  const value = plain(reply);
  const ordered = (list: unknown) => (Array.isArray(list) ? list.map(String).toSorted() : list);
  if (!UNORDERED.has(name.toLowerCase()) || !Array.isArray(value)) return value;
  return name.toLowerCase() === "scan" ? value.map(ordered) : ordered(value);
};

interface Difference {
  readonly words: Words;
  readonly embedded: unknown;
  readonly real: unknown;
}

/** The texts of an array of bulk strings. */
const names = (reply: Reply): string[] =>
  reply.type === "array"
    ? reply.items.map((item) => (item.type === "bulk" ? Buffer.from(item.bytes).toString() : ""))
    : [];

/** Defines the comparison with the Redis that the factory starts. It is emptied again and again. */
export function differentialTests(open: () => Promise<RedisEngine>): void {
  const embedded = createEmbeddedEngine();
  let real: RedisEngine;
  beforeAll(async () => {
    real = await open();
  });
  afterAll(() => real.close());
  const empty = async () => {
    for (const engine of [real, embedded]) await engine.run(["FLUSHALL"]);
  };
  const differencesOf = async (commands: readonly Words[]): Promise<Difference[]> => {
    const differences: Difference[] = [];
    const compare = async (words: Words) => {
      const [theirs, ours] = await Promise.all([real.run(words), embedded.run(words)]);
      const mine = comparable(words, ours);
      const expected = alignClock(words, comparable(words, theirs), mine);
      if (!isDeepStrictEqual(mine, expected))
        differences.push({ words, embedded: mine, real: expected });
    };
    await empty();
    for (const words of commands) await compare(words);
    // Whatever was not read is still there to differ.
    await compare(["KEYS", "*"]);
    for (const key of await embedded.run(["KEYS", "*"]).then(names)) {
      for (const command of ["TYPE", "GET", "HGETALL", "TTL"]) await compare([command, key]);
    }
    return differences;
  };
  const holds = async (commands: readonly Words[]) => {
    expect(await differencesOf(commands)).toEqual([]);
  };

  test("LOCAL-1 answer any sequence of commands alike", { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(commandArbitrary, { maxLength: 40 }), holds), {
      numRuns: 200,
    });
  });

  describe.each(scriptCases)("run %j alike", ({ script, keys = [], argv = [], before = [] }) => {
    test("from a cold and a warm cache", async () => {
      const words = ["EVAL", script, String(keys.length), ...keys, ...argv];
      expect(await differencesOf([...before, words, words])).toEqual([]);
    });
  });

  describe.each(luaFiles)("lua/$name", (file) => {
    test("loads under the same name", async () => {
      expect(await differencesOf([["SCRIPT", "LOAD", file.source]])).toEqual([]);
    });
  });

  test("LOCAL-1 run any sequence of the project's scripts alike", { timeout: 60_000 }, async () => {
    const calls = fc.array(
      fc.oneof({ weight: 8, arbitrary: scriptCallArbitrary }, commandArbitrary),
      { maxLength: 30 },
    );
    await fc.assert(fc.asyncProperty(calls, holds), { numRuns: 200 });
  });
}
