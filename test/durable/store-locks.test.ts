import { describe, expect, it } from "vitest";
import { established, expectFree, ringing, type TestCall } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { paid, runAlarm } from "../support/objects.ts";
import { keysOf, redis } from "../support/redis-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const REFRESH_MS = 120_000;

const keys = ({ caller, callee, session }: TestCall) => keysOf(session, caller.user, callee.user);
const lockOf = (user: string) => `call:user:${user}`;

/** A lock as a crash would leave it: of a session that no object knows. */
async function lock(user: string, fields: Record<string, string | number>): Promise<string> {
  const session = crypto.randomUUID();
  const all = {
    session,
    until: Date.now() + 60_000,
    peer: someone("ghost"),
    role: "caller",
    ...fields,
  };
  await redis("HSET", lockOf(user), ...Object.entries(all).flat().map(String));
  return session;
}

describe("locks that are no more than leftovers", () => {
  it("STORE-5 count as free past their own deadline, on either side", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    for (const user of [caller.user, callee.user]) {
      await lock(user, { until: Date.now() - 1, since: Date.now() - 2 });
      await expectFree(caller, callee);
      await paid(caller.user);
    }
  });

  it("STORE-5 count as free when their call is known to be over, on either side", async () => {
    for (const who of ["caller", "callee"] as const) {
      const { caller, callee, session } = await established();
      caller.send("call.end", { session_id: session });
      await callee.next("call.ended");
      await paid(caller.user);
      const user = { caller, callee }[who].user;
      await lock(user, { session, since: Date.now() });
      await expectFree(caller, callee);
    }
  });

  it("STORE-10 are healed by the next start when no object can explain them, on either side", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    for (const user of [caller.user, callee.user]) {
      await lock(user, { since: Date.now() - 20_000 });
      await expectFree(caller, callee);
      await paid(caller.user);
    }
  });

  it("STORE-10 stand while they are young, since their call may be on its way", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    for (const user of [caller.user, callee.user]) {
      await lock(user, { since: Date.now() });
      caller.send("call.start", { callee_id: callee.user });
      expect(await caller.next("error")).toMatchObject({ code: "user_busy" });
      await redis("DEL", lockOf(user));
    }
    expect(await callee.settled()).toEqual([]);
  });
});

describe("the records of a live call", () => {
  it("STORE-7 expire by themselves in every state, and are refreshed before that", async () => {
    const call = await ringing();
    const ttls = async () => {
      const all = ["session", call.session, "user", call.caller.user, "user", call.callee.user];
      const names = [0, 2, 4].map((at) => `call:${all[at]}:${all[at + 1]}`);
      return Promise.all(names.map(async (name) => Number(await redis("PTTL", name))));
    };
    for (const ttl of await ttls()) expect(ttl).toBeGreaterThan(45_000);
    call.callee.send("call.accept", { session_id: call.session });
    await call.caller.next("call.accepted");
    for (const ttl of await ttls()) expect(ttl).toBeGreaterThan(2 * REFRESH_MS);
    for (const user of [call.caller.user, call.callee.user]) {
      await redis("PEXPIRE", lockOf(user), "5000");
    }
    passTime(REFRESH_MS);
    await Promise.all([runAlarm(call.caller.user), runAlarm(call.callee.user)]);
    for (const ttl of await ttls()) expect(ttl).toBeGreaterThan(2 * REFRESH_MS);
  });

  it("STORE-7 are restored when the store has lost them, so that both users stay taken", async () => {
    const call = await established();
    await redis(
      "DEL",
      `call:session:${call.session}`,
      lockOf(call.caller.user),
      lockOf(call.callee.user),
    );
    passTime(REFRESH_MS);
    await Promise.all([runAlarm(call.caller.user), runAlarm(call.callee.user)]);
    expect(await keys(call)).toHaveLength(3);
    const third = await connect(someone("third"));
    for (const callee_id of [call.caller.user, call.callee.user]) {
      third.send("call.start", { callee_id });
      expect(await third.next("error")).toMatchObject({ code: "user_busy" });
    }
    call.callee.send("call.end", { session_id: call.session });
    expect(await call.caller.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    await Promise.all([paid(call.caller.user), paid(call.callee.user)]);
    expect(await keys(call)).toEqual([]);
  });

  it("STORE-7 are restored by a start that meets a live call without a lock, which is never rung", async () => {
    const call = await established();
    await redis(
      "DEL",
      `call:session:${call.session}`,
      lockOf(call.caller.user),
      lockOf(call.callee.user),
    );
    const third = await connect(someone("third"));
    for (const { user } of [call.caller, call.callee]) {
      third.send("call.start", { callee_id: user });
      expect(await third.next("error")).toMatchObject({ code: "user_busy" });
      await paid(third.user);
      await runAlarm(call.caller.user);
      expect(await keysOf("none", call.caller.user)).toHaveLength(1);
    }
    for (const client of [call.caller, call.callee]) expect(await client.settled()).toEqual([]);
  });
});
