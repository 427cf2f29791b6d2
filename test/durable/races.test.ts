import { describe, expect, it } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { paid } from "../support/objects.ts";
import { divert, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
const ROUNDS = 6;

/** Messages by type, with the word that tells events of one type apart. */
const words = (messages: readonly { type: string; payload: object }[]) =>
  messages.map(({ type, payload }) => {
    const { reason, code } = payload as { reason?: string; code?: string };
    return [type, reason ?? code].filter(Boolean).join(" ");
  });

describe("two at the same moment", () => {
  it("CALL-12 lets one of two accepting devices win", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { caller, callee, session } = await ringing();
      const user = someone("callee");
      const devices = [await connect(user), await connect(user)];
      callee.send("call.end", { session_id: session });
      await caller.next("call.ended");
      caller.send("call.start", { callee_id: user });
      const [session_id] = await Promise.all(devices.map((device) => device.rung()));
      await caller.next("call.ringing");
      for (const device of devices) device.send("call.accept", { session_id });
      const heard = await Promise.all(devices.map((device) => device.settled()));
      expect(words(await caller.settled())).toEqual(["call.accepted"]);
      const beaten = ["call.ended answered_elsewhere", "error invalid_state"];
      expect([
        [[], beaten],
        [beaten, []],
      ]).toContainEqual(heard.map(words));
    }
  });

  it("CALL-12 lets one of accept and reject win", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const caller = await connect(someone("caller"));
      const user = someone("callee");
      const [first, second] = [await connect(user), await connect(user)];
      caller.send("call.start", { callee_id: user });
      const [session_id] = [await first.rung(), await second.rung()];
      await caller.next("call.ringing");
      const [one, two] = round % 2 === 0 ? [first, second] : [second, first];
      one.send("call.accept", { session_id });
      two.send("call.reject", { session_id });
      const [accepted, declined] = await Promise.all([one.settled(), two.settled()]);
      const outcome = words(await caller.settled());
      expect([["call.accepted"], ["call.rejected"]]).toContainEqual(outcome);
      const lost = ["call.ended declined_elsewhere", "error session_not_found"];
      const kept = ["call.ended answered_elsewhere", "error invalid_state"];
      const expected = outcome[0] === "call.accepted" ? [[], kept] : [lost, []];
      expect([words(accepted), words(declined)]).toEqual(expected);
    }
  });

  it("CALL-13 lets one of two crossing ends win, in either state", async () => {
    for (const place of [ringing, established]) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { caller, callee, session } = await place();
        const [first, second] = round % 2 === 0 ? [caller, callee] : [callee, caller];
        for (const client of [first, second]) client.send("call.end", { session_id: session });
        const heard = (await Promise.all([caller.settled(), callee.settled()])).map(words);
        const loser = ["call.ended ended_by_user", "error session_not_found"];
        expect([
          [[], loser],
          [loser, []],
        ]).toContainEqual(heard);
        await Promise.all([paid(caller.user), paid(callee.user)]);
        await expectFree(caller, callee);
      }
    }
  });

  it("CALL-14 lets one of accept and end win; call.accepted never follows the end", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { caller, callee, session } = await ringing();
      const sends = [
        () => caller.send("call.end", { session_id: session }),
        () => callee.send("call.accept", { session_id: session }),
      ];
      for (const send of round % 2 === 0 ? sends : sends.toReversed()) send();
      const [called, answered] = await Promise.all([caller.settled(), callee.settled()]);
      await paid(caller.user);
      answered.push(...(await callee.settled()));
      // The end always takes effect: of the call that rang, or of the one just accepted.
      expect([[], ["call.accepted"]]).toContainEqual(words(called));
      expect(words(answered)).toContain("call.ended ended_by_user");
      const refused = words(answered).includes("error session_not_found");
      expect(refused).toBe(called.length === 0);
      callee.send("webrtc.ice", { session_id: session });
      expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
      expect(await caller.settled()).toEqual([]);
      await Promise.all([paid(caller.user), paid(callee.user)]);
      await expectFree(callee, caller);
    }
  });

  it("CALL-14 lets the end win over an answer that is still on its way to the caller", async () => {
    const { caller, callee, session } = await ringing();
    const [underWay, released] = [new Gate(), new Gate()];
    divert(async (delivery, object) => {
      if (delivery.messages.some(({ kind }) => kind === "call.accepted")) {
        underWay.open();
        await released.pass();
      }
      return object.receive(delivery);
    });
    callee.send("call.accept", { session_id: session });
    await underWay.pass();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    released.open();
    expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
    expect(await caller.settled()).toEqual([]);
  });

  it("CALL-14 tells the caller nothing when the answer comes after its end", async () => {
    const { caller, callee, session } = await ringing();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    callee.send("call.accept", { session_id: session });
    expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
    expect(await caller.settled()).toEqual([]);
  });
});
