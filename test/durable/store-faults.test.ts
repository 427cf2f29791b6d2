import { describe, expect, it } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect, someone, type Client } from "../support/client.ts";
import { paid, runAlarm, stored } from "../support/objects.ts";
import { breakRedis, keysOf, mendRedis, redis } from "../support/redis-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Slow beyond the time-out, refusing, and carried out without an answer. */
const faults = ["hang", "refuse", "lose-answer"] as const;

/**
 * Loses what FLUSHALL would take from a call. Other test files use the same Redis at the same time, so
 * it is not flushed as a whole.
 */
async function loseRecords(session: string, ...users: string[]): Promise<void> {
  await redis("DEL", `call:session:${session}`, ...users.map((user) => `call:user:${user}`));
  expect(await keysOf(session, ...users)).toEqual([]);
}

/** Pays debts by hand, as the alarms would. */
async function clearUp(...clients: Client[]): Promise<void> {
  passTime(31_000);
  await Promise.all(clients.map(({ user }) => runAlarm(user)));
  await Promise.all(clients.map(({ user }) => paid(user)));
}

/** Nobody is busy, and no object believes in a call; a command that comes late changes nothing about it. */
async function expectNothingLeft(...clients: [Client, Client]): Promise<void> {
  for (const { user } of clients) {
    expect(await stored(user, (kv) => kv.get("call"))).toBeUndefined();
  }
  const third = await connect(someone("third"));
  for (const client of clients) await expectFree(third, client);
  await expectFree(...clients);
}

describe.each(faults)("Redis that fails (%s)", (fault) => {
  it("STORE-11 refuses a start, and nobody stays busy", async () => {
    const [caller, callee] = [await connect(someone("caller")), await connect(someone("callee"))];
    await breakRedis(fault, caller.user);
    caller.send("call.start", { callee_id: callee.user });
    expect(await caller.next("error")).toMatchObject({
      code: "internal_error",
      retry_after: expect.any(Number) as number,
    });
    expect(await callee.settled()).toEqual([]);
    await mendRedis(caller.user);
    await clearUp(caller, callee);
    await expectNothingLeft(caller, callee);
  });

  it("STORE-11 lets a call ring on that cannot be accepted now, and can later", async () => {
    const { caller, callee, session } = await ringing();
    await breakRedis(fault, caller.user);
    callee.send("call.accept", { session_id: session });
    expect(await callee.next("error")).toMatchObject({ code: "internal_error" });
    expect(await caller.settled()).toEqual([]);
    await mendRedis(caller.user);
    callee.send("call.accept", { session_id: session });
    expect(await caller.next("call.accepted")).toMatchObject({ session_id: session });
    callee.send("call.end", { session_id: session });
    expect(await caller.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    await clearUp(caller, callee);
    await expectNothingLeft(caller, callee);
  });

  it("STORE-11 leaves an established call alone, whose end is told at once and written down later", async () => {
    const { caller, callee, session } = await established();
    await breakRedis(fault, caller.user);
    passTime(120_001);
    await runAlarm(caller.user);
    caller.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await callee.next("webrtc.offer");
    callee.send("call.end", { session_id: session });
    expect(await caller.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    await mendRedis(caller.user);
    await clearUp(caller, callee);
    await expectNothingLeft(caller, callee);
  });
});

describe("Redis that has lost its data", () => {
  it("STORE-11 does not end an established call, whose records come back at the refresh", async () => {
    const { caller, callee, session } = await established();
    const users = [caller.user, callee.user];
    const all = await keysOf(session, ...users);
    expect(all).toHaveLength(3);
    await loseRecords(session, ...users);
    caller.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await callee.next("webrtc.offer");
    passTime(120_001);
    await runAlarm(caller.user);
    expect(await keysOf(session, ...users)).toEqual(all);
    const third = await connect(someone("third"));
    third.send("call.start", { callee_id: callee.user });
    expect(await third.next("error")).toMatchObject({ code: "user_busy" });
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    callee.send("call.end", { session_id: session });
    await caller.next("call.ended");
    await clearUp(caller, callee);
    expect(await keysOf(session, caller.user, callee.user)).toEqual([]);
    await expectNothingLeft(caller, callee);
  });

  it("STORE-11 lets a call that rings be accepted, and comes to know it again", async () => {
    const { caller, callee, session } = await ringing();
    const users = [caller.user, callee.user];
    await loseRecords(session, ...users);
    callee.send("call.accept", { session_id: session });
    expect(await caller.next("call.accepted")).toMatchObject({ session_id: session });
    passTime(120_001);
    await runAlarm(caller.user);
    expect(await keysOf(session, ...users)).toHaveLength(3);
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    await clearUp(caller, callee);
    expect(await keysOf(session, caller.user, callee.user)).toEqual([]);
    await expectNothingLeft(caller, callee);
  });

  it.each(["caller", "callee"] as const)(
    "STORE-11 does not let a third reach the %s before the refresh",
    async (role) => {
      const call = await established();
      const { caller, callee, session } = call;
      await loseRecords(session, caller.user, callee.user);
      const third = await connect(someone("third"));
      third.send("call.start", { callee_id: call[role].user });
      expect(await third.next("error")).toMatchObject({ code: "user_busy" });
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
      await paid(third.user);
      passTime(120_001);
      await runAlarm(caller.user);
      expect(await keysOf(session, caller.user, callee.user)).toHaveLength(3);
      caller.send("call.end", { session_id: session });
      await callee.next("call.ended");
      await clearUp(caller, callee);
      expect(await keysOf(session, caller.user, callee.user)).toEqual([]);
      await expectNothingLeft(caller, callee);
    },
  );

  it("STORE-11 does not keep a call from ending", async () => {
    const { caller, callee, session } = await established();
    await loseRecords(session, caller.user, callee.user);
    caller.send("call.end", { session_id: session });
    expect(await callee.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    await clearUp(caller, callee);
    expect(await keysOf(session, caller.user, callee.user)).toEqual([]);
    await expectNothingLeft(caller, callee);
  });
});
