import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { PeerMessage } from "../../src/features/peer.ts";
import { User } from "../../src/durable/user.ts";
import { established, expectFree, ring, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { objectOf, paid } from "../support/objects.ts";
import { divert } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Lets the next deliveries be carried out and lost, or lost before that, as by a reset of the object. */
function loseAnswers(when: "before" | "after", times = 1): void {
  let left = times;
  divert(async (delivery, object) => {
    if (left === 0) return object.receive(delivery);
    left -= 1;
    if (when === "after") await object.receive(delivery);
    throw Object.assign(new Error("reset"), { durableObjectReset: true });
  });
}

describe("a peer's object that is reset in mid-delivery", () => {
  it.each([
    ["before", 1],
    ["before", 2],
    ["after", 1],
    ["after", 2],
  ] as const)(
    "OBJ-4 gets each message of a call once (lost %s being handled, %i times)",
    async (when, times) => {
      const caller = await connect(someone("caller"));
      const callee = await connect(someone("callee"));
      loseAnswers(when, times);
      const session_id = await ring(caller, callee);
      loseAnswers(when, times);
      callee.send("call.accept", { session_id });
      await caller.next("call.accepted");
      for (const [from, to] of [
        [caller, callee],
        [callee, caller],
      ] as const) {
        loseAnswers(when, times);
        for (let n = 0; n < 5; n += 1) from.send("webrtc.ice", { session_id, n });
        for (let n = 0; n < 5; n += 1) expect(await to.next("webrtc.ice")).toMatchObject({ n });
      }
      loseAnswers(when, times);
      callee.send("call.end", { session_id });
      expect(await caller.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);

      const again = await ring(caller, callee);
      loseAnswers(when, times);
      caller.send("call.end", { session_id: again });
      await callee.next("call.ended");
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    },
  );

  it("OBJ-4 is rung when it has really been aborted, and so lost its sockets", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    vi.spyOn(User.prototype, "receive").mockImplementationOnce(async () => {
      await runInDurableObject(objectOf(callee.user), (_, state) => {
        state.abort("reset by a test");
      });
      return [];
    });
    caller.send("call.start", { callee_id: callee.user });
    const { session_id } = await caller.next("call.ringing");
    const back = await connect(callee.user);
    expect(await back.rung()).toBe(session_id);
    back.send("call.accept", { session_id });
    await caller.next("call.accepted");
  });

  it("OBJ-4 costs the call nothing but an error when it stays out of reach", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    loseAnswers("before", 3);
    caller.send("call.start", { callee_id: callee.user });
    expect(await caller.next("error")).toMatchObject({
      code: "internal_error",
      message: "Failed to start call",
    });
    await paid(caller.user);
    await expectFree(caller, callee);
    await expectFree(callee, caller);
  });

  it("OBJ-4 costs the sender of signaling an error when it stays out of reach", async () => {
    const { caller, callee, session: session_id } = await established();
    loseAnswers("before", 3);
    caller.send("webrtc.offer", { session_id, sdp: "v=0" }, { ref: "r" });
    expect(await caller.nextMessage("error")).toMatchObject({
      payload: { code: "internal_error", message: "Failed to forward offer" },
      ref: "r",
    });
    caller.send("webrtc.offer", { session_id, sdp: "v=1" });
    expect(await callee.next("webrtc.offer")).toMatchObject({ sdp: "v=1" });
  });
});

describe("a delivery that is repeated", () => {
  const deliver = (to: string, from: string, messages: PeerMessage[], id = crypto.randomUUID()) =>
    runInDurableObject(objectOf(to), (user) => user.receive({ id, from, messages }));

  it("OBJ-5 rings once and gets the first answer again", async () => {
    const callee = await connect(someone("callee"));
    const from = someone("caller");
    const message = {
      session: crypto.randomUUID(),
      callerInfo: { user_id: from },
      ringUntil: Date.now() + 45_000,
    };
    const ringMessage: PeerMessage = { kind: "call.ring", message };
    const first = await deliver(callee.user, from, [ringMessage], "d1");
    expect(first).toEqual([{ reply: "ringing" }]);
    expect(await deliver(callee.user, from, [ringMessage], "d1")).toEqual(first);
    await callee.rung();
    // The same ring by another delivery is no second one either.
    expect(await deliver(callee.user, from, [ringMessage], "d2")).toEqual(first);
    expect(await callee.settled()).toEqual([]);
  });

  it("OBJ-5 brings signaling once, whole and in order", async () => {
    const { caller, callee, session } = await established();
    const messages = [1, 2, 3].map((n): PeerMessage => {
      const json = JSON.stringify({ session_id: session, n });
      return { kind: "call.signal", message: { session, type: "webrtc.ice", json } };
    });
    const id = crypto.randomUUID();
    const first = await deliver(callee.user, caller.user, messages, id);
    expect(await deliver(callee.user, caller.user, messages, id)).toEqual(first);
    for (const n of [1, 2, 3]) expect(await callee.next("webrtc.ice")).toMatchObject({ n });
    expect(await callee.settled()).toEqual([]);
  });

  it("OBJ-5 ends, accepts and rejects once, also under another id", async () => {
    const { caller, callee, session } = await ringing();
    const info = { user_id: callee.user };
    const accepted: PeerMessage = { kind: "call.accepted", message: { session, info } };
    for (const id of ["a", "a", "b"]) await deliver(caller.user, callee.user, [accepted], id);
    await caller.next("call.accepted");
    expect(await caller.settled()).toEqual([]);
    const farewell = { session, reason: "ended_by_user" as const, info };
    const finish: PeerMessage = { kind: "call.finish", message: { ...farewell, action: "end" } };
    for (const id of ["c", "c", "d"]) await deliver(caller.user, callee.user, [finish], id);
    await caller.next("call.ended");
    expect(await caller.settled()).toEqual([]);
    const ended: PeerMessage = { kind: "call.ended", message: farewell };
    for (const id of ["e", "e", "f"]) await deliver(callee.user, caller.user, [ended], id);
    await callee.next("call.ended");
    expect(await callee.settled()).toEqual([]);
  });
});
