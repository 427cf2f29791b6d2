import { describe, expect, it, vi } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { bytesOf, connect, someone } from "../support/client.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

const watched = watchEachTest();
const KIB_512 = 524_288;
const MIB = 1_048_576;

/** A request of exactly that many bytes of UTF-8; `unit` is the character that fills it. */
function frameOf(bytes: number, unit: string, fields: object = {}): string {
  const frame = (sdp: string) =>
    JSON.stringify({
      type: "webrtc.offer",
      ref: "r",
      payload: { session_id: "s", sdp, ...fields },
    });
  const room = bytes - bytesOf(frame("")).byteLength;
  const width = bytesOf(unit).byteLength;
  return frame(unit.repeat(Math.floor(room / width)) + "x".repeat(room % width));
}

describe("the size of a frame", () => {
  it.each(["x", "é", "日", "😀"])(
    "FRAME-5 counts bytes of UTF-8 (%s), up to 512 KiB",
    async (unit) => {
      const client = await connect(someone("user"));
      for (const spell of [(text: string) => text, bytesOf]) {
        client.raw(spell(frameOf(KIB_512, unit)));
        expect(await client.next("error")).toMatchObject({ code: "session_not_found" });
        client.raw(spell(frameOf(KIB_512 + 1, unit)));
        expect(await client.nextMessage("error")).toEqual({
          type: "error",
          payload: {
            code: "message_too_large",
            message: "Message too large",
            ref_type: "webrtc.offer",
            session_id: "s",
          },
          ref: "r",
        });
      }
    },
  );

  it("FRAME-5 relays the largest frame whole, and the call goes on after one that was too large", async () => {
    const { caller, callee, session } = await established();
    const frame = frameOf(KIB_512, "日", { session_id: session });
    caller.raw(frameOf(KIB_512 + 1, "日", { session_id: session }));
    await caller.next("error");
    caller.raw(frame);
    const { payload } = JSON.parse(frame) as { payload: object };
    expect(await callee.next("webrtc.offer")).toEqual(payload);
    expect(await callee.settled()).toEqual([]);
  });

  it.each(["x", "é", "日"])("FRAME-5 closes the socket beyond 1 MiB (%s)", async (unit) => {
    const { caller, callee, session: session_id } = await established();
    caller.raw(frameOf(MIB, unit, { session_id }));
    expect(await caller.next("error")).toMatchObject({ code: "message_too_large" });
    caller.raw(frameOf(MIB + 1, unit, { session_id }));
    expect((await caller.closed).code).toBe(1009);
    callee.raw(bytesOf(frameOf(MIB + 1, unit, { session_id })));
    expect((await callee.closed).code).toBe(1009);
  });
});

describe("the frame budget of a socket", () => {
  const tooMany = { code: "rate_limited", message: "Too many messages" };

  it("FRAME-6 is 200 frames at once and 50 a second, whatever is in them", async () => {
    passTime(0);
    const client = await connect(someone("user"));
    const burst = async (count: number) => {
      for (let sent = 0; sent < count; sent += 1)
        client.raw(["{}", "x", "null", "[]"][sent % 4] ?? "");
      const answers = Array.from({ length: count }, () => client.next("error"));
      return (await Promise.all(answers)).filter(({ code }) => code !== "rate_limited").length;
    };
    expect(await burst(260)).toBe(200);
    passTime(999);
    expect(await burst(60)).toBe(49);
    passTime(100_000);
    expect(await burst(260)).toBe(200);
  });

  it("FRAME-6 drops the frame, says which it was, and counts each socket by itself", async () => {
    passTime(0);
    const { caller, callee, session } = await established();
    const second = await connect(caller.user);
    for (let sent = 0; sent < 199; sent += 1) caller.raw("x");
    for (let sent = 0; sent < 199; sent += 1) {
      expect(await caller.next("error")).toMatchObject({ code: "invalid_message" });
    }
    caller.send("call.end", { session_id: session }, { ref: "over" });
    expect(await caller.nextMessage("error")).toEqual({
      type: "error",
      payload: { ...tooMany, ref_type: "call.end", session_id: session },
      ref: "over",
    });
    second.send("call.check", { session_id: session });
    expect(await second.next("call.check_result")).toMatchObject({ exists: true });
    expect(await callee.settled()).toEqual([]);
    passTime(20);
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
  });
});

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
