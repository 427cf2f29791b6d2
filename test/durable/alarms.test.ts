import { describe, expect, it } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { connect, connectAs, someone } from "../support/client.ts";
import { alarmOf, paid, runAlarm } from "../support/objects.ts";
import { now } from "../support/tokens.ts";
import { RING_MS, heardBy, noAnswer } from "../support/unanswered.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

watchEachTest();

describe("alarms", () => {
  it("OBJ-3 does nothing early, and its work once when late or twice", async () => {
    const { caller, callee, session } = await ringing();
    for (const client of [caller, callee]) expect(await runAlarm(client.user)).toBe(true);
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    expect(await alarmOf(caller.user)).toBeGreaterThan(Date.now());

    passTime(RING_MS + 60_000);
    await Promise.all([runAlarm(caller.user), runAlarm(callee.user)]);
    expect(await heardBy(caller, callee)).toEqual([noAnswer(session), noAnswer(session)]);
    await Promise.all([paid(caller.user), paid(callee.user)]);
    for (const client of [caller, callee]) {
      await runAlarm(client.user);
      expect(await client.settled()).toEqual([]);
    }
  });

  it("OBJ-8 leaves no alarm behind after a call, however it went", async () => {
    const ends = [
      async () => {
        const { caller, callee, session } = await established();
        caller.send("call.end", { session_id: session });
        await callee.next("call.ended");
        return [caller, callee];
      },
      async () => {
        const { caller, callee, session } = await ringing();
        callee.send("call.reject", { session_id: session });
        await caller.next("call.rejected");
        return [caller, callee];
      },
      async () => {
        const { caller, callee } = await ringing();
        caller.close();
        await callee.next("call.ended");
        return [caller, callee];
      },
      async () => {
        const caller = await connect(someone("caller"));
        caller.send("call.start", { callee_id: someone("nobody") });
        await caller.next("error");
        return [caller];
      },
    ];
    for (const end of ends) {
      for (const { user } of await end()) {
        await paid(user);
        expect(await alarmOf(user)).toBeNull();
      }
    }
  });

  it("OBJ-8 keeps an alarm for a token only as long as its socket is there", async () => {
    const user = someone("user");
    const client = await connectAs(user, { sub: user, exp: now() + 600, device: "a" });
    expect(await alarmOf(user)).not.toBeNull();
    await connectAs(user, { sub: user, exp: now() + 7_200, device: "a" });
    await client.closed;
    expect(await alarmOf(user)).toBeGreaterThan(Date.now() + 7_000_000);
    const last = await connect(user, "device=a");
    expect(await alarmOf(user)).toBeNull();
    await last.lose();
    expect(await alarmOf(user)).toBeNull();
  });

  it("OBJ-8 leaves no alarm behind when a socket with a token closes", async () => {
    const user = someone("user");
    const client = await connectAs(user, { sub: user });
    await client.lose();
    expect(await alarmOf(user)).toBeNull();
    const caller = await connect(someone("caller"));
    await ring(caller, await connect(user));
  });
});

describe("how often a user may call", () => {
  it("CALL-17 lets 60 starts a minute pass, whatever becomes of them, then says when to try again", async () => {
    const caller = await connect(someone("caller"));
    const callee_id = "guest:nobody";
    for (let start = 0; start < 60; start += 1) caller.send("call.start", { callee_id });
    const answers = await caller.settled();
    expect(answers.map(({ payload }) => payload["code"])).toEqual(
      Array.from({ length: 60 }, () => "user_offline"),
    );
    const second = await connect(caller.user);
    second.send("call.start", { callee_id });
    const refused = await second.next("error");
    expect(refused).toMatchObject({ code: "rate_limited", ref_type: "call.start" });
    expect(refused["retry_after"]).toBeGreaterThan(0);
    expect(refused["retry_after"]).toBeLessThanOrEqual(60);

    passTime(60_000);
    second.send("call.start", { callee_id });
    expect(await second.next("error")).toMatchObject({ code: "user_offline" });
  });
});
