import { describe, expect, it } from "vitest";
import { established, expectFree, ring } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { GRACE_MS, labelled, ROLES, runAlarms } from "../support/grace.ts";
import { paid } from "../support/objects.ts";
import { divert, Gate } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("a device that stays away", () => {
  const lost = (session_id: string) => ({ session_id, reason: "peer_disconnected" });

  it.each(ROLES)(
    "GRACE-3 ends the call for the peer at the end of the grace (%s)",
    async (who, other) => {
      for (const close of [1000, 1001, undefined, 3000]) {
        passTime(0);
        const call = await established();
        call[who].close(close);
        await call[who].closed;
        passTime(GRACE_MS - 1);
        await runAlarms(call);
        expect(await call[other].settled()).toEqual([]);
        passTime(1);
        await runAlarms(call);
        expect(await call[other].next("call.ended")).toEqual(lost(call.session));
        expect(await call[other].settled()).toEqual([]);
        await Promise.all([paid(call.caller.user), paid(call.callee.user)]);
        await expectFree(call[other], await connect(call[who].user));
      }
    },
  );

  it("GRACE-3 ends the call when both stay away", async () => {
    const call = await established();
    await call.caller.lose();
    await call.callee.lose();
    passTime(GRACE_MS);
    await runAlarms(call);
    await Promise.all([paid(call.caller.user), paid(call.callee.user)]);
    const [caller, callee] = [await connect(call.caller.user), await connect(call.callee.user)];
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    await expectFree(caller, callee);
  });

  it("GRACE-3 is over for one who returns after the grace, even while the alarm is late", async () => {
    const call = await established(labelled);
    await call.callee.lose();
    passTime(GRACE_MS);
    const back = await connect(call.callee.user, labelled.callee);
    expect(await call.caller.next("call.ended")).toEqual(lost(call.session));
    back.send("call.check", { session_id: call.session });
    expect((await back.settled()).at(-1)?.payload).toMatchObject({ exists: false });
    await expectFree(call.caller, back);
  });

  it.each(ROLES)(
    "GRACE-4 loses a call that its new socket does not name (%s)",
    async (who, other) => {
      const call = await established(labelled);
      await call[who].lose();
      passTime(5_000);
      const back = await connect(call[who].user, labelled[who]);
      await back.next("call.resumed");
      back.send("call.check", { session_id: crypto.randomUUID() });
      await back.next("call.check_result");
      passTime(GRACE_MS);
      await runAlarms(call);
      expect(await call[other].next("call.ended")).toEqual(lost(call.session));
      expect(await back.settled()).toEqual([]);
      await Promise.all([paid(call.caller.user), paid(call.callee.user)]);
      await expectFree(back, call[other]);
    },
  );

  it("GRACE-4 loses it likewise when its socket was replaced by one that forgot the call", async () => {
    const call = await established(labelled);
    await connect(call.callee.user, labelled.callee);
    passTime(GRACE_MS + 1_000);
    await runAlarms(call);
    expect(await call.caller.next("call.ended")).toEqual(lost(call.session));
  });

  it.each(ROLES)(
    "GRACE-5 gives its old call up by starting another (%s), and the start goes on",
    async (who, other) => {
      const call = await established(labelled);
      const third = await connect(someone("third"));
      await call[who].lose();
      const back = await connect(call[who].user, labelled[who]);
      await back.next("call.resumed");
      const session = await ring(back, third);
      expect(await call[other].next("call.ended")).toEqual(lost(call.session));
      third.send("call.accept", { session_id: session });
      await back.next("call.accepted");
      await Promise.all([paid(call.caller.user), paid(call.callee.user)]);
      await expectFree(call[other], await connect(someone("fourth")));
    },
  );

  it("GRACE-5 lets it call the same peer anew", async () => {
    const call = await established(labelled);
    await call.caller.lose();
    const back = await connect(call.caller.user, labelled.caller);
    await back.next("call.resumed");
    back.send("call.start", { callee_id: call.callee.user });
    expect(await call.callee.next("call.ended")).toEqual(lost(call.session));
    const session_id = await call.callee.rung();
    expect(session_id).not.toBe(call.session);
    expect(await back.next("call.ringing")).toMatchObject({ session_id });
  });

  it("GRACE-5 says busy once the call has been claimed", async () => {
    const call = await established(labelled);
    await call.callee.lose();
    const back = await connect(call.callee.user, labelled.callee);
    await back.next("call.resumed");
    back.send("webrtc.ice", { session_id: call.session });
    await call.caller.next("webrtc.ice");
    back.send("call.start", { callee_id: (await connect(someone("third"))).user });
    expect(await back.next("error")).toMatchObject({ code: "user_busy" });
  });

  it("GRACE-5 does not give the call up for a start of the socket that was replaced", async () => {
    const call = await established(labelled);
    const third = await connect(someone("third"));
    const [underWay, released, looked] = [new Gate(), new Gate(), new Gate()];
    divert(async (delivery, object) => {
      if (underWay.isOpen) looked.open();
      underWay.open();
      await released.pass();
      return object.receive(delivery);
    });
    // The second one has to wait for the first, and is looked at when its socket is gone.
    for (let time = 0; time < 2; time += 1)
      call.callee.send("call.start", { callee_id: third.user });
    await underWay.pass();
    const back = await connect(call.callee.user, labelled.callee);
    await back.next("call.resumed");
    released.open();
    await looked.pass();
    back.send("call.check", { session_id: call.session });
    expect(await back.next("call.check_result")).toMatchObject({ state: "accepted" });
    for (const client of [call.caller, third]) expect(await client.settled()).toEqual([]);
  });
});
