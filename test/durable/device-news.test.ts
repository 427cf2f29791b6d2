import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ring } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { openResuming } from "../support/resuming.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Rounds of DEV-8, each through real objects; `npm run chaos` has 1,000 of them. */
const ROUNDS = Number((env as unknown as Readonly<Record<string, string>>)["RACE_ROUNDS"] || 100);

describe("a device that does not want to hear of a ring", () => {
  it("DEV-5 is not rung again; the others ring on, and the caller hears nothing", async () => {
    const user = someone("bob");
    const phone = await connect(user, "device=phone");
    const tablet = await connect(user, "device=tablet");
    const caller = await connect(someone("caller"));
    const session_id = await ring(caller, phone);
    expect(await tablet.rung()).toBe(session_id);
    phone.send("call.ignore", { session_id });
    expect(await phone.settled()).toEqual([]);
    for (const client of [caller, tablet]) expect(await client.settled()).toEqual([]);

    const phoneAgain = await connect(user, "device=phone");
    const tabletAgain = await connect(user, "device=tablet");
    expect(await tabletAgain.rung()).toBe(session_id);
    expect(await phoneAgain.settled()).toEqual([]);
    tabletAgain.send("call.accept", { session_id });
    expect(await caller.next("call.accepted")).toMatchObject({ session_id });
  });

  it("DEV-5 holds for that call only, and does not end it where it is the only device", async () => {
    const phone = await openResuming(someone("bob"), "device=phone");
    const caller = await connect(someone("caller"));
    const first = await ring(caller, phone);
    phone.send("call.ignore", { session_id: first }, { ref: "i" });
    expect(await phone.nextMessage("ack")).toMatchObject({ ref: "i", ref_type: "call.ignore" });
    const again = await openResuming(phone.user, "device=phone");
    expect(again.welcome["calls"]).toMatchObject([{ session_id: first, state: "ringing" }]);
    expect(await again.settled()).toEqual([]);
    caller.send("call.end", { session_id: first });
    await again.next("call.ended");
    const second = await ring(caller, again);
    again.send("call.accept", { session_id: second });
    await caller.next("call.accepted");
    again.send("call.ignore", { session_id: second });
    expect(await again.next("error")).toMatchObject({ code: "invalid_state" });
    caller.send("call.ignore", { session_id: second });
    expect(await caller.next("error")).toMatchObject({ code: "unauthorized" });
  });
});

describe("the caller's other devices", () => {
  it.each([
    ["device=phone", { device: "phone" }],
    ["", {}],
  ])("DEV-6 learn where the call is if they opted in (caller: %j)", async (query, where) => {
    const user = someone("alice");
    const caller = await openResuming(user, query);
    const tablet = await openResuming(user, "device=tablet");
    const absent = await openResuming(user, "device=watch");
    const desk = await connect(user, "device=desk");
    await absent.lose();
    const callee = await connect(someone("bob"));
    const session_id = await ring(caller, callee);
    expect(await tablet.settled()).toEqual([]);
    callee.send("call.accept", { session_id });
    expect(await tablet.next("call.active")).toEqual({ session_id, ...where });
    await caller.next("call.accepted");
    for (const client of [caller, tablet, desk, callee]) {
      expect(await client.settled()).toEqual([]);
    }
    const token = String(absent.welcome["resume_token"]);
    const back = await openResuming(user, `device=watch&resume_token=${token}&seq=0`);
    expect(await back.next("call.active")).toEqual({ session_id, ...where });
  });
});

describe("simultaneous accepts", () => {
  it(
    `DEV-8 on three devices have one winner, in each of ${ROUNDS} rounds`,
    { timeout: 20_000 + ROUNDS * 1_000 },
    async () => {
      const user = someone("bob");
      const names = ["phone", "tablet", "desk"];
      const devices = await Promise.all(names.map((name) => connect(user, `device=${name}`)));
      const caller = await connect(someone("caller"));
      for (let round = 0; round < ROUNDS; round += 1) {
        // Within the 60 starts and the frames of a minute.
        passTime(1_100);
        caller.send("call.start", { callee_id: user });
        const [session_id] = await Promise.all(devices.map((device) => device.rung()));
        await caller.next("call.ringing");
        const order = devices.map((_, index) => devices[(index + round) % devices.length]);
        for (const device of order) device?.send("call.accept", { session_id });
        const heard = await Promise.all(devices.map((device) => device.settled()));
        const winners = names.filter((_, index) => heard[index]?.length === 0);
        expect(winners).toHaveLength(1);
        for (const messages of heard.filter(({ length }) => length > 0)) {
          expect(messages).toMatchObject([
            { type: "call.ended", payload: { reason: "answered_elsewhere", device: winners[0] } },
            { type: "error", payload: { code: "invalid_state" } },
          ]);
        }
        expect(await caller.settled()).toMatchObject([
          { type: "call.accepted", payload: { session_id } },
        ]);
        caller.send("call.end", { session_id });
        for (const [index, device] of devices.entries()) {
          if (heard[index]?.length === 0) await device.next("call.ended");
        }
      }
    },
  );
});
