import { describe, expect, it } from "vitest";
import { established, expectFree, ring, ringing } from "../support/calls.ts";
import { connect, connectAs, someone } from "../support/client.ts";
import { keysOf } from "../support/redis-control.ts";
import { paid } from "../support/objects.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("call.start", () => {
  it("CALL-1 rings the callee with the caller's profile, then tells the caller", async () => {
    const [from, to] = [someone("anna"), someone("ben")];
    const caller = await connectAs(from, { sub: from, name: "Anna", username: "anna" });
    const callee = await connect(to);
    caller.send("call.start", { callee_id: to }, { ref: "r1" });
    const rung = await callee.nextMessage("call.ring");
    expect(rung).toEqual({
      type: "call.ring",
      payload: {
        session_id: expect.stringMatching(UUID_V4) as string,
        caller_id: from,
        caller_info: { user_id: from, name: "Anna", username: "anna" },
      },
    });
    const session_id = rung.payload["session_id"];
    expect(await caller.nextMessage("call.ringing")).toEqual({
      type: "call.ringing",
      payload: { session_id, callee_id: to },
      ref: "r1",
    });
  });

  it("CALL-1 rings every device of the callee", async () => {
    const caller = await connect(someone("caller"));
    const user = someone("callee");
    const devices = [await connect(user), await connect(user), await connect(user, "device=pc")];
    caller.send("call.start", { callee_id: user });
    const sessions = await Promise.all(devices.map((device) => device.rung()));
    expect(new Set(sessions).size).toBe(1);
    await caller.next("call.ringing");
    for (const device of devices) expect(await device.settled()).toEqual([]);
  });

  it("CALL-1 gives every call an id of its own", async () => {
    const { caller, callee, session } = await ringing();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    expect(await ring(caller, callee)).not.toBe(session);
  });
});

describe("what stands in the way of call.start", () => {
  const ref_type = "call.start";
  const missing = { code: "invalid_message", message: "Missing callee_id", ref_type };
  const myself = { code: "invalid_message", message: "Cannot call yourself", ref_type };
  const offline = { code: "user_offline", message: "User is offline", ref_type };
  const busy = { code: "user_busy", message: "User is busy", ref_type };

  it("CALL-2 tests for a callee first, then for the caller as callee", async () => {
    const { caller } = await established();
    for (const payload of [{}, { callee_id: "" }, { callee_id: null }]) {
      caller.send("call.start", payload);
      expect(await caller.next("error")).toEqual(missing);
    }
    caller.send("call.start", { callee_id: caller.user });
    expect(await caller.next("error")).toEqual(myself);
  });

  it("CALL-2 says offline before busy, whoever is busy", async () => {
    const { caller, callee } = await established();
    const third = await connect(someone("third"));
    for (const busyOne of [caller, callee]) {
      busyOne.send("call.start", { callee_id: someone("nobody") });
      expect(await busyOne.next("error")).toEqual(offline);
      busyOne.send("call.start", { callee_id: third.user });
      expect(await busyOne.next("error")).toEqual(busy);
    }
    expect(await third.settled()).toEqual([]);
  });

  it("CALL-3 says offline for users without a socket, and for guests", async () => {
    const caller = await connect(someone("caller"));
    for (const callee_id of [someone("nobody"), "guest:ben", "guest:"]) {
      caller.send("call.start", { callee_id });
      expect(await caller.next("error")).toEqual(offline);
    }
    await expectFree(caller, await connect(someone("callee")));
  });

  it.each([1000, 1001, 3000, 4000, undefined])(
    "CALL-3 counts a callee as present within the grace after a close with %s",
    async (code) => {
      const caller = await connect(someone("caller"));
      const callee = await connect(someone("callee"));
      callee.close(code);
      await callee.closed;
      caller.send("call.start", { callee_id: callee.user });
      const session_id = (await caller.next("call.ringing"))["session_id"];
      expect(await (await connect(callee.user)).next("call.ring")).toMatchObject({ session_id });
    },
  );

  it("CALL-4 says busy when caller or callee has a call that rings or is accepted", async () => {
    for (const place of [ringing, established]) {
      const { caller, callee } = await place();
      const third = await connect(someone("third"));
      for (const [from, to] of [
        [third, caller],
        [third, callee],
        [caller, third],
        [callee, third],
      ] as const) {
        from.send("call.start", { callee_id: to.user });
        expect(await from.next("error")).toEqual(busy);
      }
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
      await expectFree(third, await connect(someone("other")));
    }
  });

  it("CALL-4 says busy to a caller who calls the same user again", async () => {
    const { caller, callee } = await established();
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      from.send("call.start", { callee_id: to.user });
      expect(await from.next("error")).toEqual(busy);
    }
  });

  it("CALL-4 lets one of many simultaneous starts for a callee win", async () => {
    const callee = await connect(someone("callee"));
    const callers = await Promise.all(Array.from({ length: 8 }, () => connect(someone("caller"))));
    for (const caller of callers) caller.send("call.start", { callee_id: callee.user });
    const answers = await Promise.all(callers.map((caller) => caller.settled()));
    const [errors, others] = [[] as unknown[], [] as string[]];
    for (const { type, payload } of answers.flat()) {
      if (type === "error") errors.push(payload);
      else others.push(type);
    }
    expect(others).toEqual(["call.ringing"]);
    expect(errors).toEqual(Array.from({ length: 7 }, () => busy));
    await callee.rung();
    expect(await callee.settled()).toEqual([]);
  });

  it("CALL-4 lets one of a caller's two simultaneous starts win", async () => {
    const user = someone("caller");
    const devices = [await connect(user), await connect(user)];
    const callees = [await connect(someone("callee")), await connect(someone("callee"))];
    for (const [index, device] of devices.entries()) {
      device.send("call.start", { callee_id: callees[index]?.user });
    }
    const types = (await Promise.all(devices.map((device) => device.settled()))).flat();
    expect(types.map(({ type }) => type).toSorted()).toEqual(["call.ringing", "error"]);
    const rings = (await Promise.all(callees.map((callee) => callee.settled()))).flat();
    expect(rings.map(({ type }) => type)).toEqual(["call.ring"]);
  });

  it("CALL-4 leaves no record of a start that was refused", async () => {
    const caller = await connect(someone("caller"));
    const nobody = someone("nobody");
    caller.send("call.start", { callee_id: nobody });
    await caller.next("error");
    await paid(caller.user);
    expect(await keysOf("none", caller.user, nobody)).toEqual([]);
  });
});
