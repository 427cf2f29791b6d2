/** What the parts of the call store's contract have in common. */
import { afterAll, beforeAll, expect } from "vitest";
import { rules } from "../../src/core/call.ts";
import type { CallKey, CallStore } from "../../src/core/ports.ts";
import type { StoreRecord, StoreUnderTest } from "../support/stores.ts";

/** How long records hold in these tests, in milliseconds. */
export const HOLD_MS = 60_000;
/** The same for accepted calls. */
export const LONG_MS = 300_000;
/** Real stores take real time. */
export const SLACK_MS = 5_000;

/** A profile with everything in it that needs care. */
export const ANN = { user_id: "ann", name: "Ann 😀", username: "a,\"b\"\n'c'" };

let count = 0;
/** A call of users that no other test uses; `shared` users may be in several. */
export function newCall(shared: Partial<CallKey> = {}): CallKey {
  count += 1;
  return {
    session: `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`,
    caller: `caller ${count}`,
    callee: `callee ${count}`,
    ...shared,
  };
}

const recordsOf = (call: CallKey, all: readonly StoreRecord[]): StoreRecord[] => {
  const keys = [`session:${call.session}`, `user:${call.caller}`, `user:${call.callee}`];
  return keys.flatMap((key) => all.filter((record) => record.key === key));
};

/** A store that is open for the tests of the suite around, and what they do with it. */
export interface Kit {
  readonly under: () => StoreUnderTest;
  readonly store: () => CallStore;
  readonly start: (call: CallKey, over?: readonly string[]) => ReturnType<CallStore["start"]>;
  readonly accept: (call: CallKey, device: string) => ReturnType<CallStore["change"]>;
  /** Starts a call, which must succeed. */
  readonly started: (shared?: Partial<CallKey>, over?: readonly string[]) => Promise<CallKey>;
  /** The records of a call: its session's, its caller's, its callee's. */
  readonly left: (call: CallKey) => Promise<StoreRecord[]>;
}

/** Opens a store before the suite's tests, and closes it after them. */
export function kitOf(open: () => Promise<StoreUnderTest>): Kit {
  let opened: StoreUnderTest;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());
  const start: Kit["start"] = (call, over = []) => opened.store.start(call, ANN, HOLD_MS, over);
  return {
    under: () => opened,
    store: () => opened.store,
    start,
    accept: (call, device) => opened.store.change(call, rules.accept, device, LONG_MS),
    started: async (shared = {}, over = []) => {
      const call = newCall(shared);
      expect(await start(call, over)).toEqual({ ok: true });
      return call;
    },
    left: async (call) => recordsOf(call, await opened.records()),
  };
}
