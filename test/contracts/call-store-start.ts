/** What every call store must do with a start. */
import { describe, expect, test } from "vitest";
import { HOLD_MS, LONG_MS, newCall, SLACK_MS, type Kit } from "./call-store-kit.ts";

/** Defines the tests of `start`. */
export function startContract({ under, start, accept, started, left }: Kit): void {
  describe("start", () => {
    test("takes both users for a ringing call", async () => {
      const call = await started();
      const { session, caller, callee } = call;
      expect((await left(call)).map(({ fields }) => fields)).toEqual([
        { caller, callee, state: "ringing" },
        { session, peer: callee, role: "caller" },
        { session, peer: caller, role: "callee" },
      ]);
    });

    test("CALL-4 says which lock is in the way, the caller's first", async () => {
      const first = await started();
      const other = await started();
      const asCaller = newCall({ caller: first.callee, callee: other.caller });
      expect(await start(asCaller)).toMatchObject({
        ok: false,
        lock: { side: "caller", session: first.session, peer: first.caller, role: "callee" },
      });
      const asCallee = newCall({ callee: other.caller });
      const busy = await start(asCallee);
      expect(busy).toMatchObject({
        ok: false,
        lock: { side: "callee", session: other.session, peer: other.callee, role: "caller" },
      });
      expect(busy.ok ? -1 : busy.lock.ageMs).toBeGreaterThanOrEqual(0);
      expect(await left(asCallee)).toHaveLength(1);
    });

    test("STORE-3 twice is once, also when the call has been accepted in between", async () => {
      const call = await started();
      expect(await start(call)).toEqual({ ok: true });
      await accept(call, "phone");
      const before = await left(call);
      expect(await start(call)).toEqual({ ok: true });
      const after = await left(call);
      expect(after.map(({ fields }) => fields)).toEqual(before.map(({ fields }) => fields));
      for (const { leftMs } of after) expect(leftMs).toBeGreaterThan(LONG_MS - SLACK_MS);
    });

    test("STORE-5 takes a user whose lock is past its deadline", async () => {
      const old = await started();
      await under().pass(HOLD_MS - SLACK_MS);
      expect(await start(newCall({ callee: old.caller }))).toMatchObject({ ok: false });
      await under().pass(SLACK_MS);
      await started({ callee: old.caller });
    });

    test("STORE-5 takes a user whose call is known to be over, and no other", async () => {
      const over = await started();
      const live = await started();
      const next = newCall({ caller: over.caller, callee: live.callee });
      expect(await start(next, ["another", over.session])).toMatchObject({
        ok: false,
        lock: { side: "callee", session: live.session },
      });
      expect(
        await start(newCall({ caller: over.caller }), [over.session.slice(0, -1)]),
      ).toMatchObject({ ok: false });
      await started({ caller: over.caller }, ["another", over.session, "a third"]);
    });

    test("STORE-10 tells the age of a lock, so that an unexplained one can be healed", async () => {
      const crashed = await started();
      await under().pass(11_000);
      const probe = await start(newCall({ caller: crashed.callee }));
      if (probe.ok) throw new Error("the lock is gone");
      expect(probe.lock.ageMs).toBeGreaterThanOrEqual(11_000);
      expect(probe.lock.ageMs).toBeLessThan(11_000 + SLACK_MS);
      const healed = await started({ caller: crashed.callee }, [probe.lock.session]);
      expect(await start(newCall({ callee: crashed.callee }))).toMatchObject({
        lock: { session: healed.session, role: "caller" },
      });
    });
  });
}
