/** What every call store must do under any sequence of operations, and under contention. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rules } from "../../src/core/call.ts";
import type { CallKey, CallStore } from "../../src/core/ports.ts";
import { openMemoryStore, type StoreUnderTest } from "../support/stores.ts";
import { HOLD_MS } from "./call-store-kit.ts";

const ROUNDS = 12;
const RIVALS = 20;
/** Each of these takes hundreds of round trips, and machines may be busy. */
const PATIENCE = { timeout: 60_000 };
const info = { user_id: "u" };

/** One operation on one of a few calls, which share users. */
interface Step {
  readonly does: "start" | "accept" | "end" | "refresh" | "find" | "pass" | "flush";
  readonly call: number;
  readonly over: readonly number[];
  readonly device: string;
}

const USERS = ["ann", "bob", "cem", "dia"];
const PAIRS = USERS.flatMap((caller) =>
  USERS.filter((callee) => callee !== caller).map((callee) => ({ caller, callee })),
);

const steps = (most: number) =>
  fc.array(
    fc.record<Step>({
      does: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom("start", "accept", "end", "refresh", "find") },
        { weight: 1, arbitrary: fc.constantFrom("pass", "flush") },
      ),
      call: fc.nat(PAIRS.length - 1),
      over: fc.array(fc.nat(PAIRS.length - 1), { maxLength: 2 }),
      device: fc.constantFrom("phone", "tablet"),
    }),
    { maxLength: most },
  );

const sessionOf = (run: string, index: number) => `${run} ${index}`;
const keyOf = (run: string, index: number): CallKey => {
  const { caller = "", callee = "" } = PAIRS[index] ?? {};
  return { session: sessionOf(run, index), caller: `${run} ${caller}`, callee: `${run} ${callee}` };
};

/** Does one step under names that start with `run`, and says what came of it. */
async function doStep(under: StoreUnderTest, run: string, step: Step): Promise<unknown> {
  const { store } = under;
  const call = keyOf(run, step.call);
  switch (step.does) {
    case "start": {
      const over = step.over.map((index) => sessionOf(run, index));
      const result = await store.start(call, info, HOLD_MS, over);
      // Ages are real time in some stores.
      return result.ok ? result : { ...result, lock: { ...result.lock, ageMs: 0 } };
    }
    case "accept":
      return store.change(call, rules.accept, step.device, HOLD_MS);
    case "end":
      return store.end(call);
    case "refresh":
      return store.refresh(call, "accepted", HOLD_MS);
    case "find":
      return store.find(call.session);
    case "pass":
      return under.pass(HOLD_MS / 2 + 1);
    case "flush":
      return under.flush();
  }
}

const nameless = (value: unknown, run: string): unknown =>
  value === undefined ? null : JSON.parse(JSON.stringify(value).replaceAll(`${run} `, ""));

/** Defines the properties for the store that the factory opens. */
export function callStoreProperties(open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest;
  let runs = 0;
  const newRun = (): string => {
    runs += 1;
    return `run${runs}`;
  };
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  /** Starts many calls at once and says which were made. */
  async function race(calls: readonly CallKey[]): Promise<CallKey[]> {
    const begin = (store: CallStore) => calls.map((call) => store.start(call, info, HOLD_MS, []));
    const results = await Promise.all(begin(opened.store));
    const winners = calls.filter((_, index) => results[index]?.ok);
    for (const [index, result] of results.entries()) {
      if (result.ok) continue;
      const { lock } = result;
      const mine = calls[index]?.[lock.side];
      const holder = winners.find(({ session }) => session === lock.session);
      expect([holder?.caller, holder?.callee]).toContain(mine);
    }
    return winners;
  }

  /** Losers have left nothing behind: all that is there belongs to a winner. */
  async function expectOnly(winners: readonly CallKey[]): Promise<void> {
    const keys = winners.flatMap(({ session, caller, callee }) => [
      `session:${session}`,
      `user:${caller}`,
      `user:${callee}`,
    ]);
    expect((await opened.records()).map(({ key }) => key)).toEqual(keys.toSorted());
  }

  test(
    `STORE-4 of ${RIVALS} starts that share a user one wins, ${ROUNDS} times`,
    PATIENCE,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await opened.flush();
        const run = newRun();
        const calls = Array.from({ length: RIVALS }, (_, rival) => {
          const [caller, callee] = rival % 2 ? ["shared", `${rival}`] : [`${rival}`, "shared"];
          return {
            session: `${run} ${rival}`,
            caller: `${run} ${caller}`,
            callee: `${run} ${callee}`,
          };
        });
        const winners = await race(calls);
        expect(winners).toHaveLength(1);
        await expectOnly(winners);
      }
    },
  );

  test("STORE-4 of any simultaneous starts, those that win share nobody", PATIENCE, async () => {
    const pairs = fc.array(fc.nat(PAIRS.length - 1), { minLength: 2, maxLength: RIVALS });
    await fc.assert(
      fc.asyncProperty(pairs, async (indexes) => {
        await opened.flush();
        const run = newRun();
        const calls = indexes.map((index, n) => ({ ...keyOf(run, index), session: `${run} ${n}` }));
        const winners = await race(calls);
        const users = winners.flatMap(({ caller, callee }) => [caller, callee]);
        expect(new Set(users).size).toBe(users.length);
        expect(winners.length).toBeGreaterThan(0);
        await expectOnly(winners);
      }),
      { numRuns: 12 },
    );
  });

  test(
    "STORE-3 every operation may be done twice, in any sequence of operations",
    PATIENCE,
    async () => {
      await fc.assert(
        fc.asyncProperty(steps(12), async (given) => {
          const outcome = async (times: 1 | 2) => {
            await opened.flush();
            const run = newRun();
            const results: unknown[] = [];
            for (const step of given) {
              const result = nameless(await doStep(opened, run, step), run);
              results.push(result);
              if (times === 1 || step.does === "pass") continue;
              expect(nameless(await doStep(opened, run, step), run)).toEqual(result);
            }
            const records = await opened.records();
            return {
              results,
              left: records.map(({ key, fields }) => nameless({ key, fields }, run)),
            };
          };
          expect(await outcome(2)).toEqual(await outcome(1));
        }),
        { numRuns: 15 },
      );
    },
  );

  test(
    "STORE-7 every record expires by itself, after any sequence of operations",
    PATIENCE,
    async () => {
      await fc.assert(
        fc.asyncProperty(steps(12), async (given) => {
          await opened.flush();
          const run = newRun();
          for (const step of given) {
            await doStep(opened, run, step);
            for (const { leftMs } of await opened.records()) {
              expect(leftMs).toBeGreaterThan(0);
              expect(leftMs).toBeLessThanOrEqual(HOLD_MS);
            }
          }
          await opened.pass(HOLD_MS);
          expect(await opened.records()).toEqual([]);
        }),
        { numRuns: 10 },
      );
    },
  );

  test("does as the store in memory does, in any sequence of operations", PATIENCE, async () => {
    const memory = await openMemoryStore();
    await fc.assert(
      fc.asyncProperty(steps(15), async (given) => {
        const run = newRun();
        const outcomes = [opened, memory].map(async (under) => {
          await under.flush();
          const results: unknown[] = [];
          for (const step of given) results.push(await doStep(under, run, step));
          const records = await under.records();
          return { results, left: records.map(({ key, fields }) => ({ key, fields })) };
        });
        const [actual, expected] = await Promise.all(outcomes);
        expect(actual).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
}
