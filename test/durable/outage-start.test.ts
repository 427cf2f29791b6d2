import { describe, expect, it, vi } from "vitest";
import { established, expectFree, ring } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { alarmOf, paid } from "../support/objects.ts";
import { failed, payOff } from "../support/outages.ts";
import { breakRedis, keysOf, mendRedis } from "../support/redis-control.ts";
import { watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();

async function pair() {
  const caller = await connect(someone("caller"));
  const callee = await connect(someone("callee"));
  const third = await connect(someone("third"));
  return { caller, callee, third };
}

describe("a start without Redis", () => {
  it.each(["refuse", "lose-answer", "hang"] as const)(
    "STORE-8 fails within 2 seconds (%s) and leaves nobody busy",
    async (fault) => {
      const { caller, callee, third } = await pair();
      await breakRedis(fault, caller.user);
      const began = performance.now();
      caller.send("call.start", { callee_id: callee.user }, { ref: "r" });
      const error = await caller.nextMessage("error");
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(error).toEqual({
        type: "error",
        payload: {
          ...failed("Failed to start call"),
          ref_type: "call.start",
          retry_after: expect.any(Number) as number,
        },
        ref: "r",
      });
      await mendRedis(caller.user);
      await expectFree(caller, callee);
      await expectFree(callee, third);
      await expectFree(third, caller);
      expect(watched.takeLog("request.failed")).toHaveLength(1);
    },
  );

  it("STORE-8 stands in nobody's way when its command is carried out much later", async () => {
    const { caller, callee, third } = await pair();
    await breakRedis("hang", caller.user, 1);
    caller.send("call.start", { callee_id: callee.user });
    expect(await caller.next("error")).toMatchObject(failed("Failed to start call"));
    await paid(caller.user);
    const locked = async () => (await keysOf("none", caller.user, callee.user)).length === 2;
    await vi.waitUntil(locked, { timeout: 10_000, interval: 20 });
    await expectFree(callee, third);
    await vi.waitUntil(async () => !(await locked()));
    await expectFree(third, caller);
    await expectFree(caller, callee);
  });

  it("STORE-8 still says offline before anything else", async () => {
    const { caller } = await pair();
    await breakRedis("refuse", caller.user);
    caller.send("call.start", { callee_id: someone("nobody") });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
    const { caller: engaged, callee } = await established();
    await breakRedis("refuse", engaged.user);
    engaged.send("call.start", { callee_id: callee.user });
    expect(await engaged.next("error")).toMatchObject({ code: "user_busy" });
  });

  it("STORE-8 goes on when only one answer is lost, and rings once", async () => {
    const { caller, callee } = await pair();
    await breakRedis("lose-answer", caller.user, 1);
    const session_id = await ring(caller, callee);
    await breakRedis("lose-answer", caller.user, 1);
    callee.send("call.accept", { session_id });
    await caller.next("call.accepted");
    await breakRedis("lose-answer", caller.user, 1);
    caller.send("call.end", { session_id });
    await callee.next("call.ended");
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    await paid(caller.user);
    expect(await keysOf(session_id, caller.user, callee.user)).toEqual([]);
  });

  it("STORE-8 lets the user try again at once, and again", async () => {
    const { caller, callee } = await pair();
    await breakRedis("refuse", caller.user);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      caller.send("call.start", { callee_id: callee.user });
      expect(await caller.next("error")).toMatchObject(failed("Failed to start call"));
    }
    await mendRedis(caller.user);
    await expectFree(caller, callee);
    await payOff(caller);
    expect(await alarmOf(caller.user)).toBeNull();
  });
});
