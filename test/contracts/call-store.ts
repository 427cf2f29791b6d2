/** What every call store must do, whatever it keeps its records in. */
import { describe, expect, test } from "vitest";
import type { CallKey } from "../../src/core/ports.ts";
import type { StoreUnderTest } from "../support/stores.ts";
import { ANN, HOLD_MS, kitOf, LONG_MS, newCall, SLACK_MS } from "./call-store-kit.ts";
import { startContract } from "./call-store-start.ts";

/** Defines the contract's tests for the store that the factory opens. */
export function callStoreContract(open: () => Promise<StoreUnderTest>): void {
  const kit = kitOf(open);
  const { under, store, start, accept, started, left } = kit;

  startContract(kit);

  describe("change", () => {
    test("moves a call, tells the caller's profile, and lengthens what holds it", async () => {
      const call = await started();
      expect(await accept(call, "phone")).toEqual({ outcome: "changed", callerInfo: ANN });
      const records = await left(call);
      expect(records[0]?.fields).toMatchObject({ state: "accepted" });
      for (const { leftMs } of records) expect(leftMs).toBeGreaterThan(LONG_MS - SLACK_MS);
    });

    test("CALL-12 gives a call to the first of many devices", async () => {
      const call = await started();
      const tries = Array.from({ length: 20 }, (_, device) => accept(call, `device ${device}`));
      const results = await Promise.all(tries);
      expect(results.filter(({ outcome }) => outcome === "changed")).toHaveLength(1);
      const others = results.filter(({ outcome }) => outcome !== "changed");
      expect(others).toEqual(Array(19).fill({ outcome: "state", state: "accepted" }));
    });

    test("STORE-3 twice is once: the same device is told the same again", async () => {
      const call = await started();
      const first = await accept(call, "phone");
      expect(await accept(call, "phone")).toEqual(first);
      expect(await accept(call, "tablet")).toEqual({ outcome: "state", state: "accepted" });
      expect(await accept(call, "phone")).toEqual(first);
      await store().end(call);
      expect(await accept(call, "phone")).toEqual({ outcome: "missing" });
    });

    test("knows no states of its own: the row says which", async () => {
      const call = await started();
      const row = { by: ["callee"], from: ["accepted"], to: "ringing" } as const;
      expect(await store().change(call, row, "x", HOLD_MS)).toEqual({
        outcome: "state",
        state: "ringing",
      });
      await accept(call, "phone");
      expect(await store().change(call, row, "x", HOLD_MS)).toMatchObject({
        outcome: "changed",
      });
      expect(await store().find(call.session)).toMatchObject({ state: "ringing" });
    });

    test("leaves a user alone who belongs to a newer call", async () => {
      const old = await started();
      const newer = await started({ caller: old.caller }, [old.session]);
      await accept(old, "phone");
      const [, caller] = await left(newer);
      expect(caller?.fields).toMatchObject({ session: newer.session });
      expect(caller?.leftMs).toBeLessThanOrEqual(HOLD_MS);
    });
  });

  describe("end", () => {
    test("forgets a call and frees both users, in any state", async () => {
      const ringing = await started();
      const accepted = await started();
      await accept(accepted, "phone");
      for (const call of [ringing, accepted]) {
        await store().end(call);
        expect(await left(call)).toEqual([]);
        await started({ caller: call.callee, callee: call.caller });
      }
    });

    test("STORE-6 frees only users who still belong to the call", async () => {
      const old = await started();
      const newer = await started({ callee: old.caller }, [old.session]);
      await store().end(old);
      expect(await left(old)).toMatchObject([{ fields: { session: newer.session } }]);
      expect(await left(newer)).toHaveLength(3);
    });

    test("STORE-3 twice is once, also when its users are in a newer call by then", async () => {
      const old = await started();
      await store().end(old);
      const newer = await started({ caller: old.caller, callee: old.callee });
      const before = await left(newer);
      await store().end(old);
      await store().end(old);
      expect((await left(newer)).map(({ fields }) => fields)).toEqual(
        before.map(({ fields }) => fields),
      );
    });

    test("of a call that never was is harmless", async () => {
      const call = newCall();
      await store().end(call);
      expect(await left(call)).toEqual([]);
    });
  });

  describe("refresh", () => {
    const refresh = (call: CallKey) => store().refresh(call, "accepted", LONG_MS);

    test("STORE-7 keeps a live call's records", async () => {
      const call = await started();
      await accept(call, "phone");
      await under().pass(LONG_MS - SLACK_MS);
      const before = await left(call);
      expect(await refresh(call)).toBe("kept");
      const after = await left(call);
      expect(after.map(({ fields }) => fields)).toEqual(before.map(({ fields }) => fields));
      for (const { leftMs } of after) expect(leftMs).toBeGreaterThan(LONG_MS - SLACK_MS);
      expect(await accept(call, "phone")).toMatchObject({ callerInfo: ANN });
    });

    test("STORE-7 restores a call that the store has lost", async () => {
      const call = await started();
      await accept(call, "phone");
      const before = await left(call);
      await under().flush();
      expect(await refresh(call)).toBe("kept");
      const after = await left(call);
      expect(after.map(({ fields }) => fields)).toEqual(before.map(({ fields }) => fields));
      expect(await start(newCall({ callee: call.caller }))).toMatchObject({
        lock: { session: call.session, peer: call.callee, role: "caller" },
      });
      expect(await accept(call, "phone")).toEqual({ outcome: "state", state: "accepted" });
    });

    test.each(["caller", "callee"] as const)(
      "STORE-7 does not take back a %s who belongs to a newer call",
      async (side) => {
        const call = await started();
        await under().flush();
        const newer = await started({ callee: call[side] });
        expect(await refresh(call)).toBe("taken");
        expect(await left(call)).toMatchObject([{ fields: { session: newer.session } }]);
        expect(await left(newer)).toHaveLength(3);
      },
    );

    test("STORE-3 twice is once", async () => {
      const call = await started();
      await refresh(call);
      const before = await left(call);
      await refresh(call);
      expect((await left(call)).map(({ fields }) => fields)).toEqual(
        before.map(({ fields }) => fields),
      );
    });

    test("STORE-5 a refresh that arrives after the end is healed by the next start", async () => {
      const call = await started();
      await store().end(call);
      await refresh(call);
      expect(await start(newCall({ caller: call.caller }))).toMatchObject({ ok: false });
      await started({ caller: call.caller }, [call.session]);
    });
  });

  describe("find", () => {
    test("knows who is in a call, and its state", async () => {
      const call = await started();
      const { caller, callee } = call;
      expect(await store().find(call.session)).toEqual({ caller, callee, state: "ringing" });
      await accept(call, "phone");
      expect(await store().find(call.session)).toEqual({ caller, callee, state: "accepted" });
      await store().end(call);
      expect(await store().find(call.session)).toBeUndefined();
    });

    test.each(["", "nobody's", "__proto__", "*", "a b\0c", "x".repeat(10_000)])(
      "knows no call of the id %j",
      async (id) => {
        expect(await store().find(id)).toBeUndefined();
      },
    );
  });
}
