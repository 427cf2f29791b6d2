import { describe, expect, it, vi } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

const watched = watchEachTest();

describe("errors", () => {
  it("FRAME-7 go to the offending socket only, which stays open", async () => {
    const { caller, callee, session } = await ringing();
    const second = await connect(callee.user);
    await second.rung();
    callee.send("webrtc.offer", { session_id: session, sdp: "v=0" }, { ref: "r" });
    expect(await callee.nextMessage("error")).toEqual({
      type: "error",
      payload: {
        code: "invalid_state",
        message: "Call not in accepted state",
        ref_type: "webrtc.offer",
        session_id: session,
      },
      ref: "r",
    });
    for (const client of [caller, second]) expect(await client.settled()).toEqual([]);
    callee.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
  });

  it("FRAME-7 name the request that failed as far as it could be read", async () => {
    const client = await connect(someone("user"));
    client.raw('{"type":"call.acept","payload":{"session_id":"s"},"ref":"1"}');
    expect(await client.nextMessage("error")).toMatchObject({
      payload: { message: "Unknown message type", ref_type: "call.acept", session_id: "s" },
      ref: "1",
    });
    client.raw('{"type":"webrtc.offer","payload":{"session_id":"s","sdp":5},"ref":"2"}');
    expect(await client.nextMessage("error")).toMatchObject({
      payload: { message: "Invalid payload", ref_type: "webrtc.offer", session_id: "s" },
      ref: "2",
    });
  });

  it("FRAME-8 carry a ref of up to 128 characters back, and no other", async () => {
    const client = await connect(someone("user"));
    for (const ref of [
      "",
      "r",
      " ",
      "é".repeat(128),
      "\ud800",
      "__proto__",
      '"}',
      "x".repeat(128),
    ]) {
      client.send("call.end", {}, { ref });
      expect((await client.nextMessage("error")).ref).toBe(ref);
    }
    for (const ref of ["x".repeat(129), 5, true, null, ["r"], { r: 1 }]) {
      client.send("call.end", {}, { ref });
      expect(await client.nextMessage("error")).not.toHaveProperty("ref");
    }
  });

  it("FRAME-8 answers carry the ref, events and silent requests do not", async () => {
    const { caller, callee, session } = await ringing({ start: {} });
    callee.send("call.accept", { session_id: session }, { ref: "a" });
    expect(await caller.nextMessage("call.accepted")).not.toHaveProperty("ref");
    caller.send("webrtc.ice", { session_id: session, ref: "inner" }, { ref: "b" });
    const ice = { type: "webrtc.ice", payload: { session_id: session, ref: "inner" } };
    expect(await callee.nextMessage("webrtc.ice")).toEqual(ice);
    caller.send("call.end", { session_id: session }, { ref: "c" });
    expect(await callee.nextMessage("call.ended")).not.toHaveProperty("ref");
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
  });

  it("FRAME-9 tell a defect without detail, and log it", async () => {
    const { caller, callee } = await ringing();
    const other = await connect(someone("other"));
    vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
      throw new TypeError("secret detail");
    });
    other.send("call.start", { callee_id: caller.user }, { ref: "r" });
    expect(await other.nextMessage("error")).toEqual({
      type: "error",
      payload: { code: "internal_error", message: "Internal server error", ref_type: "call.start" },
      ref: "r",
    });
    vi.mocked(crypto.randomUUID).mockRestore();
    expect(watched.takeLog("defect")).toEqual([
      expect.objectContaining({
        user: other.user,
        error: expect.stringContaining("secret detail") as string,
      }),
    ]);
    await ring(other, await connect(someone("callee")));
    expect(await callee.settled()).toEqual([]);
  });
});

describe("acknowledgements", () => {
  const ack = (ref: string, ref_type: string) => ({ type: "ack", ref, ref_type });

  it("FRAME-10 answer every request with a ref that has no other answer, where the client resumes", async () => {
    const {
      caller,
      callee,
      session: session_id,
    } = await ringing({ caller: "resume=1", callee: "resume=1" });
    callee.send("call.accept", { session_id }, { ref: "1" });
    expect(await callee.nextMessage("ack")).toMatchObject(ack("1", "call.accept"));
    await caller.next("call.accepted");
    for (const type of ["webrtc.offer", "webrtc.answer", "webrtc.ice"]) {
      caller.send(type, { session_id, sdp: "v=0" }, { ref: type });
      expect(await caller.nextMessage("ack")).toMatchObject(ack(type, type));
      await callee.next(type);
    }
    caller.send("call.check", { session_id }, { ref: "2" });
    expect((await caller.nextMessage("call.check_result")).ref).toBe("2");
    caller.send("webrtc.ice", { session_id });
    await callee.next("webrtc.ice");
    caller.send("call.end", { session_id }, { ref: "3" });
    expect(await caller.nextMessage("ack")).toMatchObject(ack("3", "call.end"));
    caller.send("call.end", { session_id }, { ref: "4" });
    expect((await caller.nextMessage("error")).ref).toBe("4");
    expect(await caller.settled()).toEqual([]);
  });

  it("FRAME-10 come once, after call.ringing for a start, and for a rejection", async () => {
    const caller = await connect(someone("caller"), "resume=1");
    const callee = await connect(someone("callee"), "resume=1");
    caller.send("call.start", { callee_id: callee.user }, { ref: "s" });
    const session_id = await callee.rung();
    expect((await caller.nextMessage("call.ringing")).ref).toBe("s");
    callee.send("call.reject", { session_id }, { ref: "r" });
    expect(await callee.nextMessage("ack")).toMatchObject(ack("r", "call.reject"));
    await caller.next("call.rejected");
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
  });

  it("FRAME-10 never come for a relay that fails", async () => {
    const { caller, callee, session: session_id } = await established({ caller: "resume=1" });
    await callee.lose();
    await caller.next("call.peer_reconnecting");
    for (const burst of [190, 66]) {
      for (let sent = 0; sent < burst; sent += 1) caller.send("webrtc.ice", { session_id });
      expect(await caller.settled()).toEqual([]);
      passTime(4_000);
    }
    caller.send("webrtc.ice", { session_id }, { ref: "full" });
    expect((await caller.nextMessage("error")).ref).toBe("full");
    expect(await caller.settled()).toEqual([]);
  });
});
