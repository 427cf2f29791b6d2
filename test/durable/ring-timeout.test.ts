import { describe, expect, it } from "vitest";
import { expectFree, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { paid, runAlarm } from "../support/objects.ts";
import { RING_MS, heardBy, noAnswer } from "../support/unanswered.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

watchEachTest();

describe("the end of ringing", () => {
  it("CALL-15 tells both sides no_answer and frees them", async () => {
    const { caller, callee, session } = await ringing();
    passTime(RING_MS);
    await runAlarm(caller.user);
    expect(await heardBy(caller, callee)).toEqual([noAnswer(session), noAnswer(session)]);
    await paid(caller.user);
    await expectFree(callee, caller);
  });

  it("CALL-15 tells every device of the callee, and only the calling device of the caller", async () => {
    const [from, to] = [someone("caller"), someone("callee")];
    const [caller, other] = [await connect(from), await connect(from)];
    const callees = [await connect(to), await connect(to)];
    caller.send("call.start", { callee_id: to });
    const [session = ""] = await Promise.all(callees.map((callee) => callee.rung()));
    await caller.next("call.ringing");
    passTime(RING_MS);
    await runAlarm(from);
    expect(await heardBy(caller, ...callees)).toEqual(Array(3).fill(noAnswer(session)));
    expect(await other.settled()).toEqual([]);
  });

  it("GRACE-2 is heard by a caller that was away, if it returns within the grace", async () => {
    const { caller, session } = await ringing({ caller: "device=a" });
    passTime(RING_MS - 1_000);
    await caller.lose();
    passTime(1_000);
    await runAlarm(caller.user);
    const back = await connect(caller.user, "device=a");
    expect(await heardBy(back)).toEqual([noAnswer(session)]);
    await back.lose();
    expect(await (await connect(caller.user, "device=a")).settled()).toEqual([]);
  });

  it("CALL-15 answers nothing before its time", async () => {
    passTime(0);
    const { caller, callee, session } = await ringing();
    passTime(RING_MS - 1);
    await runAlarm(caller.user);
    await runAlarm(callee.user);
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    callee.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
    passTime(RING_MS);
    await runAlarm(caller.user);
    expect(await caller.settled()).toEqual([]);
  });

  it.each(["call.accept", "call.reject", "call.end"])(
    "CALL-15 lets %s find the call over while the alarm is late",
    async (type) => {
      const { caller, callee, session } = await ringing();
      passTime(RING_MS);
      callee.send(type, { session_id: session });
      expect(await heardBy(caller)).toEqual([noAnswer(session)]);
      expect(await callee.next("call.ended")).toEqual({ session_id: session, reason: "no_answer" });
      expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
      expect(await callee.settled()).toEqual([]);
      await paid(callee.user);
      await expectFree(caller, callee);
    },
  );

  it("CALL-15 lets call.check find the call gone while the alarm is late", async () => {
    const { caller, callee, session } = await ringing();
    passTime(RING_MS);
    caller.send("call.check", { session_id: session });
    await caller.next("call.ended");
    expect(await caller.next("call.check_result")).toEqual({ session_id: session, exists: false });
    expect(await heardBy(callee)).toEqual([noAnswer(session)]);
  });

  it("CALL-15 leaves both free while the alarm is late: either may call somebody else", async () => {
    for (const [who, other] of [
      ["caller", "callee"],
      ["callee", "caller"],
    ] as const) {
      const call = await ringing();
      const third = await connect(someone("third"));
      passTime(RING_MS);
      call[who].send("call.start", { callee_id: third.user });
      await third.rung();
      expect(await call[who].next("call.ended")).toMatchObject({ reason: "no_answer" });
      await call[who].next("call.ringing");
      expect(await heardBy(call[other])).toEqual([noAnswer(call.session)]);
    }
  });

  it.each(["caller", "callee"] as const)(
    "CALL-15 lets others call the %s while the alarm is late",
    async (who) => {
      const { [who]: free, session } = await ringing();
      const third = await connect(someone("third"));
      passTime(RING_MS);
      third.send("call.start", { callee_id: free.user });
      expect(await free.next("call.ended")).toMatchObject({
        session_id: session,
        reason: "no_answer",
      });
      await free.rung();
      await third.next("call.ringing");
    },
  );

  it("CALL-15 ends a call whose caller's object sleeps: the callee's own alarm sees to it", async () => {
    const { caller, callee, session } = await ringing();
    passTime(RING_MS + 10_000);
    await runAlarm(callee.user);
    expect(await heardBy(caller, callee)).toEqual([noAnswer(session), noAnswer(session)]);
  });

  it.each([
    [5, 5_000],
    [180, 180_000],
  ])("CALL-18 rings for the %i seconds that the caller wants", async (ring_timeout, ms) => {
    passTime(0);
    const { caller, callee, session } = await ringing({ start: { ring_timeout } });
    passTime(ms - 1);
    await runAlarm(caller.user);
    expect(await caller.settled()).toEqual([]);
    passTime(1);
    await runAlarm(caller.user);
    expect(await heardBy(caller, callee)).toEqual([noAnswer(session), noAnswer(session)]);
  });

  it.each([4, 181, 0, -5, 5.5, "60", true, [30]])(
    "CALL-18 refuses a ring_timeout of %j",
    async (value) => {
      const caller = await connect(someone("caller"));
      const callee = await connect(someone("callee"));
      caller.send("call.start", { callee_id: callee.user, ring_timeout: value });
      expect(await caller.next("error")).toMatchObject({ message: "Invalid payload" });
      expect(await callee.settled()).toEqual([]);
    },
  );
});
