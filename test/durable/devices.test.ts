import { describe, expect, it } from "vitest";
import { expectFree } from "../support/calls.ts";
import { connect, connectAs, someone } from "../support/client.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** A call from one of a user's two devices to a user with three, ringing. */
async function ringingDevices() {
  const [from, to] = [someone("caller"), someone("callee")];
  const caller = await connect(from, "device=desk");
  const callerToo = await connect(from, "device=sofa");
  const phone = await connect(to, "device=phone");
  const tablet = await connect(to, "device=tablet");
  const page = await connect(to);
  caller.send("call.start", { callee_id: to });
  const [session_id] = [await phone.rung(), await tablet.rung(), await page.rung()];
  await caller.next("call.ringing");
  return { caller, callerToo, phone, tablet, page, session_id };
}

async function acceptedByPhone() {
  const call = await ringingDevices();
  const { caller, phone, tablet, page, session_id } = call;
  phone.send("call.accept", { session_id });
  await caller.next("call.accepted");
  for (const loser of [tablet, page]) await loser.next("call.ended");
  return call;
}

const notAuthorized = { code: "unauthorized", message: "Not authorized" };

describe("a user's devices", () => {
  it("DEV-1 gives the call to the device that accepts, and tells the others", async () => {
    const { caller, callerToo, phone, tablet, page, session_id } = await ringingDevices();
    tablet.send("call.accept", { session_id });
    await caller.next("call.accepted");
    for (const loser of [phone, page]) {
      const ended = await loser.nextMessage("call.ended");
      expect(ended.payload).toMatchObject({ session_id, reason: "answered_elsewhere" });
    }
    for (const client of [tablet, callerToo, phone, page])
      expect(await client.settled()).toEqual([]);
    caller.send("webrtc.offer", { session_id, sdp: "v=0" });
    await tablet.next("webrtc.offer");
    for (const loser of [phone, page]) expect(await loser.settled()).toEqual([]);
  });

  it("DEV-2 tells the others when one declines, and ends the call", async () => {
    const { caller, callerToo, phone, tablet, page, session_id } = await ringingDevices();
    page.send("call.reject", { session_id });
    await caller.next("call.rejected");
    for (const loser of [phone, tablet]) {
      const ended = await loser.nextMessage("call.ended");
      expect(ended.payload).toMatchObject({ session_id, reason: "declined_elsewhere" });
    }
    for (const client of [page, caller, callerToo]) expect(await client.settled()).toEqual([]);
  });

  it("DEV-2 tells the others when the callee ends a ringing call from one device", async () => {
    const { caller, phone, tablet, page, session_id } = await ringingDevices();
    phone.send("call.end", { session_id });
    expect(await caller.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    for (const loser of [page, tablet]) {
      const ended = { session_id, reason: "declined_elsewhere" };
      expect(await loser.next("call.ended")).toMatchObject(ended);
    }
    expect(await phone.settled()).toEqual([]);
  });

  it("DEV-3 refuses another device's accept and reject", async () => {
    const { tablet, page, session_id } = await acceptedByPhone();
    for (const other of [tablet, page]) {
      for (const type of ["call.accept", "call.reject"]) {
        other.send(type, { session_id });
        expect(await other.next("error")).toMatchObject({
          code: "invalid_state",
          message: "Invalid state transition",
        });
      }
    }
  });

  it("DEV-3 refuses another device's signaling, of either side and in either state", async () => {
    const ring = await ringingDevices();
    const call = await acceptedByPhone();
    for (const [other, session_id] of [
      [ring.callerToo, ring.session_id],
      [call.callerToo, call.session_id],
      [call.tablet, call.session_id],
      [call.page, call.session_id],
    ] as const) {
      for (const type of ["webrtc.offer", "webrtc.answer", "webrtc.ice"]) {
        other.send(type, { session_id, sdp: "v=0" });
        expect(await other.next("error")).toMatchObject(notAuthorized);
      }
    }
    for (const client of [call.caller, call.phone]) expect(await client.settled()).toEqual([]);
  });

  it("DEV-3 lets another device of either side check the call", async () => {
    const { callerToo, tablet, session_id } = await acceptedByPhone();
    for (const other of [callerToo, tablet]) {
      other.send("call.check", { session_id });
      const result = { exists: true, state: "accepted", caller_id: callerToo.user };
      expect(await other.next("call.check_result")).toMatchObject(result);
    }
  });

  it.each(["callerToo", "tablet"] as const)(
    "DEV-3 lets another device (%s) end the call",
    async (who) => {
      const { caller, phone, [who]: other, session_id } = await acceptedByPhone();
      other.send("call.end", { session_id });
      // Nobody told the device in the call, so both devices in it hear of the end.
      for (const client of [caller, phone]) {
        expect(await client.next("call.ended")).toMatchObject({
          session_id,
          reason: "ended_by_user",
          peer_info: { user_id: other.user },
        });
      }
      expect(await other.settled()).toEqual([]);
      await expectFree(caller, await connect(someone("callee")));
    },
  );

  it("DEV-4 rings a device that connects while its user is being rung, and only that one", async () => {
    const { caller, phone, session_id } = await ringingDevices();
    const late = await connect(phone.user, "device=watch");
    expect(await late.next("call.ring")).toMatchObject({ session_id, caller_id: caller.user });
    expect(await late.settled()).toEqual([]);
    expect(await phone.settled()).toEqual([]);
    late.send("call.accept", { session_id });
    await caller.next("call.accepted");
    expect(await phone.next("call.ended")).toMatchObject({ reason: "answered_elsewhere" });
  });

  it("DEV-4 rings a device that replaces one that was rung", async () => {
    const { caller, phone, session_id } = await ringingDevices();
    const again = await connect(phone.user, "device=phone");
    expect(await phone.closed).toMatchObject({ code: 4001 });
    expect(await again.rung()).toBe(session_id);
    again.send("call.accept", { session_id });
    await caller.next("call.accepted");
  });

  it("DEV-4 rings no device that connects once the call is answered", async () => {
    const { phone } = await acceptedByPhone();
    expect(await (await connect(phone.user)).settled()).toEqual([]);
  });

  it("CALL-16 never rings a user in a live call, on no device, old or new", async () => {
    const { caller, callerToo, phone, tablet, page } = await acceptedByPhone();
    const late = await connect(phone.user);
    const third = await connect(someone("third"));
    for (const callee_id of [phone.user, caller.user]) {
      third.send("call.start", { callee_id });
      expect(await third.next("error")).toMatchObject({ code: "user_busy" });
    }
    for (const client of [caller, callerToo, phone, tablet, page, late]) {
      expect(await client.settled()).toEqual([]);
    }
  });
});

describe("profiles", () => {
  it("CALL-19 takes the profile of the token that acts, and leaves empty fields out", async () => {
    const [from, to] = [someone("anna"), someone("ben")];
    const caller = await connectAs(from, { sub: from, name: "", username: 5, image_profile: null });
    const callee = await connectAs(to, { sub: to, name: "Ben (old)", device: "old" });
    const fresh = await connectAs(to, { sub: to, name: "Ben", username: "", device: "new" });
    caller.send("call.start", { callee_id: to, caller_info: { user_id: "x", name: "Eve" } });
    expect((await fresh.next("call.ring"))["caller_info"]).toEqual({ user_id: from });
    const session_id = await callee.rung();
    await caller.next("call.ringing");
    fresh.send("call.accept", { session_id, callee_info: { name: "Eve" } });
    expect((await caller.next("call.accepted"))["callee_info"]).toEqual({
      user_id: to,
      name: "Ben",
    });
    await callee.next("call.ended");
    callee.send("call.end", { session_id });
    const peer_info = { user_id: to, name: "Ben (old)" };
    expect(await caller.next("call.ended")).toMatchObject({ peer_info });
  });
});
