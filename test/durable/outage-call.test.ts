import { describe, expect, it } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { alarmOf, paid, runAlarm } from "../support/objects.ts";
import { failed, payOff } from "../support/outages.ts";
import { breakRedis, keysOf, mendRedis, redis } from "../support/redis-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("a ringing call without Redis", () => {
  it.each(["refuse", "lose-answer"] as const)(
    "STORE-8 cannot be accepted (%s), rings on, and can be accepted later",
    async (fault) => {
      const { caller, callee, session } = await ringing();
      await breakRedis(fault, caller.user);
      callee.send("call.accept", { session_id: session });
      expect(await callee.next("error")).toEqual({
        ...failed("Failed to accept call"),
        ref_type: "call.accept",
        session_id: session,
      });
      expect(await caller.settled()).toEqual([]);
      await mendRedis(caller.user);
      callee.send("call.accept", { session_id: session });
      await caller.next("call.accepted");
    },
  );

  it("STORE-8 can be rejected, given up, and missed", async () => {
    const ends = [
      [
        "call.rejected",
        ({ callee, session }: Awaited<ReturnType<typeof ringing>>) => {
          callee.send("call.reject", { session_id: session });
        },
      ],
      [
        "call.ended",
        ({ callee, session }: Awaited<ReturnType<typeof ringing>>) => {
          callee.send("call.end", { session_id: session });
        },
      ],
      [
        "call.ended",
        async ({ caller }: Awaited<ReturnType<typeof ringing>>) => {
          passTime(45_000);
          await runAlarm(caller.user);
        },
      ],
    ] as const;
    for (const [heard, end] of ends) {
      const call = await ringing();
      await breakRedis("refuse", call.caller.user);
      await end(call);
      await call.caller.next(heard);
      await call.callee.settled();
      await mendRedis(call.caller.user);
      await expectFree(call.callee, call.caller);
      await payOff(call.caller, call.callee);
      expect(await keysOf(call.session, call.caller.user, call.callee.user)).toEqual([]);
    }
  });

  it("STORE-8 says so when it cannot look a session up", async () => {
    const caller = await connect(someone("caller"));
    const session_id = crypto.randomUUID();
    await breakRedis("refuse", session_id);
    for (const [type, message] of [
      ["call.check", "Failed to check call"],
      ["call.end", "Failed to end call"],
      ["call.accept", "Failed to accept call"],
      ["call.reject", "Failed to reject call"],
      ["webrtc.offer", "Failed to forward offer"],
      ["webrtc.answer", "Failed to forward answer"],
      ["webrtc.ice", "Failed to forward ICE candidate"],
    ] as const) {
      caller.send(type, { session_id, sdp: "v=0" });
      expect(await caller.next("error")).toMatchObject(failed(message));
    }
  });
});

describe("an established call without Redis", () => {
  it("STORE-9 goes on: signaling, checks, a lost socket and its return, and the refresh", async () => {
    const { caller, callee, session: session_id } = await established({ callee: "device=b" });
    await breakRedis("refuse", caller.user);
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      from.send("webrtc.offer", { session_id, sdp: "v=0" });
      await to.next("webrtc.offer");
      from.send("call.check", { session_id });
      expect(await from.next("call.check_result")).toMatchObject({ state: "accepted" });
    }
    await callee.lose();
    caller.send("webrtc.ice", { session_id });
    const back = await connect(callee.user, "device=b");
    await back.next("call.resumed");
    await back.next("webrtc.ice");
    back.send("call.check", { session_id });
    await back.next("call.check_result");
    passTime(120_000);
    await Promise.all([runAlarm(caller.user), runAlarm(callee.user)]);
    for (const client of [caller, back]) expect(await client.settled()).toEqual([]);
    await redis("DEL", `call:user:${callee.user}`);
    await mendRedis(caller.user);
    passTime(15_000);
    await runAlarm(caller.user);
    expect(await keysOf(session_id, caller.user, callee.user)).toHaveLength(3);
  });

  it.each(["caller", "callee"] as const)(
    "STORE-9 ends at once for the peer (%s ends), and both are freed when Redis returns",
    async (who) => {
      const { session: session_id, ...call } = await established();
      const { caller, callee } = call;
      await breakRedis("refuse", caller.user);
      call[who].send("call.end", { session_id });
      const peer = who === "caller" ? callee : caller;
      expect(await peer.next("call.ended")).toMatchObject({ session_id, reason: "ended_by_user" });
      for (let round = 0; round < 5; round += 1) {
        passTime(31_000);
        await Promise.all([runAlarm(caller.user), runAlarm(callee.user)]);
      }
      expect(await keysOf(session_id, caller.user, callee.user)).toHaveLength(3);
      await mendRedis(caller.user);
      await payOff(caller, callee);
      expect(await keysOf(session_id, caller.user, callee.user)).toEqual([]);
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    },
  );

  it("STORE-9 leaves both free to call others as soon as Redis answers, before any alarm", async () => {
    const { caller, callee, session: session_id } = await established();
    await breakRedis("refuse", caller.user);
    callee.send("call.end", { session_id });
    await caller.next("call.ended");
    await callee.settled();
    await mendRedis(caller.user);
    await expectFree(callee, await connect(someone("third")));
    await expectFree(await connect(someone("fourth")), caller);
  });

  it("STORE-9 gives up telling Redis when its records have expired by themselves", async () => {
    const { caller, callee, session: session_id } = await established();
    await breakRedis("refuse", caller.user);
    caller.send("call.end", { session_id });
    await callee.next("call.ended");
    passTime(700_000);
    await runAlarm(caller.user);
    await paid(caller.user);
    expect(await alarmOf(caller.user)).toBeNull();
  });
});
