import { describe, expect, it } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect, connectAs, someone, type Client } from "../support/client.ts";
import { divert, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

async function named(name: string): Promise<Client> {
  const user = someone(name);
  return connectAs(user, { sub: user, name, username: `${name}!`, image_profile: `${name}.png` });
}

const infoOf = (client: Client, name: string) => ({
  user_id: client.user,
  name,
  username: `${name}!`,
  image_profile: `${name}.png`,
});

async function ringingPair() {
  const [caller, callee] = [await named("Anna"), await named("Ben")];
  caller.send("call.start", { callee_id: callee.user });
  const session_id = await callee.rung();
  await caller.next("call.ringing");
  return { caller, callee, session_id };
}

describe("accept and reject", () => {
  it("CALL-5 tells the calling device with the callee's profile, and the accepter nothing", async () => {
    const { caller, callee, session_id } = await ringingPair();
    const other = await connect(caller.user);
    callee.send("call.accept", { session_id });
    expect(await caller.nextMessage("call.accepted")).toEqual({
      type: "call.accepted",
      payload: { session_id, callee_info: infoOf(callee, "Ben") },
    });
    for (const client of [caller, callee, other]) expect(await client.settled()).toEqual([]);
  });

  it("CALL-5 tells call.ringing before call.accepted, however quick the answer", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    callee.socket.addEventListener("message", ({ data }) => {
      const { type, payload } = JSON.parse(String(data)) as { type: string; payload: object };
      if (type === "call.ring") callee.send("call.accept", { ...payload });
    });
    caller.send("call.start", { callee_id: callee.user }, { ref: "s" });
    expect((await caller.nextMessage("call.ringing")).ref).toBe("s");
    expect((await caller.nextMessage("call.accepted")).ref).toBeUndefined();
    expect(await caller.settled()).toEqual([]);
  });

  it("CALL-5 tells call.ringing before call.accepted, also when the answer overtakes the ring's own", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    const overtaken = new Gate();
    divert(async (delivery, object) => {
      const answers = await object.receive(delivery);
      if (delivery.messages.some(({ kind }) => kind === "call.ring")) await overtaken.pass();
      return answers;
    });
    caller.send("call.start", { callee_id: callee.user }, { ref: "s" });
    callee.send("call.accept", { session_id: await callee.rung() });
    expect((await caller.nextMessage("call.ringing")).ref).toBe("s");
    await caller.next("call.accepted");
    overtaken.open();
    expect(await caller.settled()).toEqual([]);
  });

  it("CALL-6 tells the caller, ends the call, and tells the rejecter nothing", async () => {
    const { caller, callee, session_id } = await ringingPair();
    callee.send("call.reject", { session_id });
    expect(await caller.nextMessage("call.rejected")).toEqual({
      type: "call.rejected",
      payload: { session_id, callee_info: infoOf(callee, "Ben") },
    });
    expect(await caller.settled()).toEqual([]);
    expect(await callee.settled()).toEqual([]);
    callee.send("call.accept", { session_id });
    expect(await callee.next("error")).toMatchObject({ code: "session_not_found" });
    await expectFree(caller, callee);
  });
});

describe("call.end", () => {
  it.each([
    ["caller", "ringing"],
    ["callee", "ringing"],
    ["caller", "accepted"],
    ["callee", "accepted"],
  ] as const)("CALL-7 by the %s while %s tells the other side who ended", async (role, state) => {
    const { session_id, ...call } = await ringingPair();
    if (state === "accepted") {
      call.callee.send("call.accept", { session_id });
      await call.caller.next("call.accepted");
    }
    const [ender, peer] =
      role === "caller" ? [call.caller, call.callee] : [call.callee, call.caller];
    ender.send("call.end", { session_id });
    expect(await peer.nextMessage("call.ended")).toEqual({
      type: "call.ended",
      payload: {
        session_id,
        reason: "ended_by_user",
        peer_info: infoOf(ender, role === "caller" ? "Anna" : "Ben"),
      },
    });
    expect(await ender.settled()).toEqual([]);
    expect(await peer.settled()).toEqual([]);
    await expectFree(peer, ender);
  });
});

describe("call.check", () => {
  it("CALL-8 tells both sides the state and the caller", async () => {
    const { caller, callee, session } = await ringing();
    const check = async (client: Client, ref: string) => {
      client.send("call.check", { session_id: session }, { ref });
      return client.nextMessage("call.check_result");
    };
    const result = (state: string, ref: string) => ({
      type: "call.check_result",
      payload: { session_id: session, exists: true, state, caller_id: caller.user },
      ref,
    });
    for (const client of [caller, callee]) {
      expect(await check(client, "a")).toEqual(result("ringing", "a"));
    }
    callee.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
    for (const client of [caller, callee]) {
      expect(await check(client, "b")).toEqual(result("accepted", "b"));
    }
  });

  it("CALL-8 answers that a call is gone, was never there, or is no id at all", async () => {
    const { caller, callee, session } = await established();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    for (const session_id of [session, crypto.randomUUID(), "*", "__proto__", "x".repeat(9_000)]) {
      for (const client of [caller, callee]) {
        client.send("call.check", { session_id });
        const payload = { session_id, exists: false };
        expect(await client.nextMessage("call.check_result")).toEqual({
          type: "call.check_result",
          payload,
        });
      }
    }
  });

  it("CALL-8 tells a stranger nothing of a live call", async () => {
    const { session } = await established();
    const stranger = await connect(someone("stranger"));
    stranger.send("call.check", { session_id: session });
    expect(await stranger.next("error")).toMatchObject({ code: "unauthorized" });
  });
});

describe("who may do what, and when", () => {
  const unauthorized = { code: "unauthorized", message: "Not authorized" };
  const invalid = { code: "invalid_state", message: "Invalid state transition" };

  it.each(["call.accept", "call.reject"])(
    "CALL-9 refuses %s by the caller, in any state",
    async (type) => {
      for (const place of [ringing, established]) {
        const { caller, callee, session } = await place();
        caller.send(type, { session_id: session });
        expect(await caller.next("error")).toMatchObject(unauthorized);
        expect(await callee.settled()).toEqual([]);
      }
    },
  );

  it.each(["call.accept", "call.reject"])("CALL-9 refuses %s after the answer", async (type) => {
    const { caller, callee, session } = await established();
    callee.send(type, { session_id: session });
    expect(await callee.next("error")).toMatchObject(invalid);
    expect(await caller.settled()).toEqual([]);
  });

  const requests = [
    ["call.accept", {}],
    ["call.reject", {}],
    ["call.end", {}],
    ["webrtc.offer", { sdp: "v=0" }],
    ["webrtc.answer", { sdp: "v=0" }],
    ["webrtc.ice", { candidate: "c" }],
  ] as const;

  it.each(requests)(
    "CALL-10 answers %s for a call that is gone or never was",
    async (type, more) => {
      const { caller, callee, session } = await ringing();
      callee.send("call.reject", { session_id: session });
      await caller.next("call.rejected");
      for (const session_id of [session, crypto.randomUUID(), "call:user:x"]) {
        for (const client of [caller, callee]) {
          client.send(type, { session_id, ...more });
          expect(await client.next("error")).toEqual({
            code: "session_not_found",
            message: "Session not found",
            ref_type: type,
            session_id,
          });
        }
      }
    },
  );

  it.each(requests)("CALL-10 refuses %s for a stranger's call", async (type, more) => {
    const { caller, callee, session } = await established();
    const idle = await connect(someone("stranger"));
    const { caller: engaged } = await established();
    for (const stranger of [idle, engaged]) {
      stranger.send(type, { session_id: session, ...more });
      expect(await stranger.next("error")).toMatchObject(unauthorized);
    }
    expect(await caller.settled()).toEqual([]);
    expect(await callee.settled()).toEqual([]);
  });
});
