import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { NamedAlarms } from "../../src/durable/alarms.ts";
import type { Log, Storage } from "../../src/core/ports.ts";

/** An object's storage and its one alarm, with the time in a test's hand. */
function world() {
  const rows = new Map<string, unknown>();
  const storage: Storage = {
    get: <T>(key: string) => rows.get(key) as T | undefined,
    put: (key, value) => void rows.set(key, value),
    delete: (key) => void rows.delete(key),
    list: <T>(prefix: string) =>
      [...rows].filter(([key]) => key.startsWith(prefix)) as (readonly [string, T])[],
  };
  const platform = {
    at: undefined as number | undefined,
    setAlarm: async (at: number | Date) => void (platform.at = Number(at)),
    deleteAlarm: async () => void (platform.at = undefined),
  };
  const clock = { now: 1_000 };
  const log = vi.fn<Log>();
  const open = () => new NamedAlarms(storage, platform, () => clock.now);
  return { rows, platform, clock, log, open, alarms: open() };
}

describe("named alarms", () => {
  test("OBJ-8 the object's alarm is the earliest, and none when there is none", () => {
    const { alarms, platform } = world();
    alarms.set("b", 3_000);
    expect(platform.at).toBe(3_000);
    alarms.set("a", 2_000);
    expect(platform.at).toBe(2_000);
    alarms.set("a", 4_000);
    expect(platform.at).toBe(3_000);
    alarms.clear("b");
    expect(platform.at).toBe(4_000);
    alarms.clear("a");
    alarms.clear("never set");
    expect(platform.at).toBeUndefined();
  });

  test("OBJ-3 one that runs early does nothing, and comes again", async () => {
    const { alarms, platform, log } = world();
    alarms.set("a", 1_001);
    platform.at = undefined;
    await alarms.run(() => expect.fail("too early"), log);
    expect(platform.at).toBe(1_001);
  });

  test("OBJ-3 one that runs late or twice does its work once", async () => {
    const { alarms, platform, clock, log } = world();
    const work = vi.fn<(name: string) => void>();
    alarms.set("a", 2_000);
    alarms.set("b", 9_000);
    clock.now = 8_000;
    await alarms.run(work, log);
    await alarms.run(work, log);
    expect(work.mock.calls).toEqual([["a"]]);
    expect(platform.at).toBe(9_000);
  });

  test("OBJ-3 a deadline survives the object", async () => {
    const { alarms, open, clock, log } = world();
    const work = vi.fn<(name: string) => void>();
    alarms.set("a", 2_000);
    clock.now = 2_000;
    await open().run(work, log);
    expect(work.mock.calls).toEqual([["a"]]);
  });

  test("work may set its own alarm again", async () => {
    const { alarms, platform, clock, log } = world();
    alarms.set("a", 2_000);
    clock.now = 2_000;
    await alarms.run((name) => alarms.set(name, 5_000), log);
    expect(platform.at).toBe(5_000);
  });

  test("work that fails is logged, comes again, and does not hold up the rest", async () => {
    const { alarms, platform, clock, log } = world();
    alarms.set("closing:secret-session", 2_000);
    alarms.set("b", 2_000);
    clock.now = 2_000;
    const done: string[] = [];
    const work = (name: string) => {
      done.push(name);
      if (name !== "b") throw new Error("no");
    };
    await alarms.run(work, log);
    expect(done).toEqual(["closing:secret-session", "b"]);
    expect(platform.at).toBe(4_000);
    expect(log).toHaveBeenCalledExactlyOnceWith("error", "alarm.failed", {
      name: "closing",
      error: "Error: no",
    });
    clock.now = 4_000;
    await alarms.run(() => {}, log);
    expect(platform.at).toBeUndefined();
  });

  test("OBJ-3 one that another's work moves or clears at once is not run", async () => {
    const { alarms, platform, clock, log } = world();
    for (const name of ["a", "b", "c"]) alarms.set(name, 2_000);
    clock.now = 2_000;
    const done: string[] = [];
    await alarms.run(async (name) => {
      done.push(name);
      alarms.set("b", 9_000);
      alarms.clear("c");
      await Promise.resolve();
    }, log);
    expect(done).toEqual(["a"]);
    expect(platform.at).toBe(9_000);
  });

  test("OBJ-3 whatever is set and cleared, each runs when its time has come, and once", async () => {
    const steps = fc.array(
      fc.record({
        name: fc.constantFrom("a", "b", "c:1", "c:2"),
        at: fc.integer({ min: -500, max: 2_000 }),
        does: fc.constantFrom("set", "clear", "run"),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { alarms, platform, clock, log } = world();
        const expected = new Map<string, number>();
        for (const { name, at, does } of given) {
          if (does === "set") {
            alarms.set(name, clock.now + at);
            expected.set(name, clock.now + at);
          } else if (does === "clear") {
            alarms.clear(name);
            expected.delete(name);
          } else {
            clock.now += Math.max(0, at);
            const done: string[] = [];
            await alarms.run((due) => void done.push(due), log);
            const due = [...expected].filter(([, deadline]) => deadline <= clock.now);
            expect(done.toSorted()).toEqual(due.map(([row]) => row).toSorted());
            for (const [row] of due) expected.delete(row);
          }
          expect(platform.at ?? Infinity).toBe(Math.min(...expected.values()));
        }
      }),
    );
  });
});
