import { describe, expect, it } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect } from "../support/client.ts";
import { paid, runAlarm, vanish } from "../support/objects.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const GRACE_MS = 15_000;
const lost = (session_id: string) => ({ session_id, reason: "peer_disconnected" });

describe("a caller lost while it rings", () => {
  it.each([1000, 1001, undefined])(
    "GRACE-6 has given up when its socket closes with %s",
    async (code) => {
      const { caller, callee, session } = await ringing();
      const second = await connect(callee.user);
      await second.rung();
      caller.close(code);
      for (const client of [callee, second]) {
        expect(await client.next("call.ended")).toEqual(lost(session));
      }
      callee.send("call.accept", { session_id: session });
      expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
      await paid(caller.user);
      await expectFree(callee, await connect(caller.user));
    },
  );

  it.each([3000, 4000, 1006])(
    "GRACE-6 has the grace when its socket ends with %s",
    async (code) => {
      passTime(0);
      const { caller, callee, session } = await ringing();
      if (code === 1006) await vanish(caller.user);
      else {
        caller.close(code);
        await caller.closed;
      }
      passTime(GRACE_MS - 1);
      await runAlarm(caller.user);
      expect(await callee.settled()).toEqual([]);
      passTime(1);
      await runAlarm(caller.user);
      expect(await callee.next("call.ended")).toEqual(lost(session));
      await paid(caller.user);
      await expectFree(callee, await connect(caller.user));
    },
  );

  it("GRACE-6 does not hear of its caller's other sockets", async () => {
    const { caller, callee } = await ringing();
    const other = await connect(caller.user);
    other.close();
    await other.closed;
    expect(await callee.settled()).toEqual([]);
  });

  it("GRACE-6 goes on with an answered call, however the caller's socket closes", async () => {
    const { caller, callee } = await established();
    caller.close(1000);
    await caller.closed;
    expect(await callee.settled()).toEqual([]);
  });
});

describe("a callee lost while it rings", () => {
  it("GRACE-7 is rung again when it returns, and can still answer", async () => {
    const { caller, callee, session } = await ringing();
    callee.close(1000);
    await callee.closed;
    passTime(GRACE_MS - 1_000);
    await runAlarm(callee.user);
    const back = await connect(callee.user);
    expect(await back.next("call.ring")).toMatchObject({
      session_id: session,
      caller_id: caller.user,
    });
    passTime(GRACE_MS);
    await runAlarm(callee.user);
    expect(await back.settled()).toEqual([]);
    expect(await caller.settled()).toEqual([]);
    back.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
  });

  it.each([1000, 1001, 4000, undefined])(
    "GRACE-7 ends the call after the grace when it stays away (%s)",
    async (code) => {
      passTime(0);
      const { caller, callee, session } = await ringing();
      callee.close(code);
      await callee.closed;
      passTime(GRACE_MS - 1);
      await runAlarm(callee.user);
      expect(await caller.settled()).toEqual([]);
      passTime(1);
      await runAlarm(callee.user);
      expect(await caller.next("call.ended")).toEqual(lost(session));
      await Promise.all([paid(callee.user), paid(caller.user)]);
      await expectFree(caller, await connect(callee.user));
    },
  );

  it("GRACE-7 rings on while one of its devices is there", async () => {
    const { caller, callee, session } = await ringing();
    const second = await connect(callee.user);
    await second.rung();
    await callee.lose();
    passTime(GRACE_MS + 1_000);
    await runAlarm(callee.user);
    expect(await caller.settled()).toEqual([]);
    second.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
  });

  it("GRACE-7 had lost its socket before the start: the same grace, from that loss on", async () => {
    const { caller, callee, session } = await established();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    await paid(caller.user);
    passTime(0);
    await callee.lose();
    passTime(10_000);
    caller.send("call.start", { callee_id: callee.user });
    const session_id = String((await caller.next("call.ringing"))["session_id"]);
    passTime(4_999);
    await runAlarm(callee.user);
    expect(await caller.settled()).toEqual([]);
    passTime(1);
    await runAlarm(callee.user);
    expect(await caller.next("call.ended")).toEqual(lost(session_id));
  });
});

describe("a client that opted in to resuming", () => {
  it("GRACE-8 claims its call by connecting", async () => {
    const { caller, callee, session } = await established({ callee: "device=b&resume=1" });
    await callee.lose();
    const back = await connect(callee.user, "device=b&resume=1");
    await back.next("call.resumed");
    passTime(3 * GRACE_MS);
    await Promise.all([runAlarm(callee.user), runAlarm(caller.user)]);
    for (const client of [caller, back]) expect(await client.settled()).toEqual([]);
    caller.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await back.next("webrtc.offer");
  });

  it("GRACE-8 may reload its page while it calls: 1001 does not end the call", async () => {
    const { caller, callee, session } = await ringing({ caller: "device=a&resume=1" });
    caller.close(1001);
    await caller.closed;
    expect(await callee.settled()).toEqual([]);
    const back = await connect(caller.user, "device=a&resume=1");
    expect(await back.next("call.resumed")).toMatchObject({
      session_id: session,
      state: "ringing",
    });
    callee.send("call.accept", { session_id: session });
    await back.next("call.accepted");
  });

  it.each([1000, undefined])("GRACE-8 gives up all the same by a close with %s", async (code) => {
    const { caller, callee, session } = await ringing({ caller: "device=a&resume=1" });
    caller.close(code);
    expect(await callee.next("call.ended")).toEqual(lost(session));
  });

  it("GRACE-8 loses its call after the grace like any other", async () => {
    const { caller, callee, session } = await ringing({ caller: "device=a&resume=1" });
    caller.close(1001);
    await caller.closed;
    passTime(GRACE_MS);
    await runAlarm(caller.user);
    expect(await callee.next("call.ended")).toEqual(lost(session));
  });
});
