import { describe, expect, it } from "vitest";
import { established } from "../support/calls.ts";
import { bytesOf, connect, someone, type Client } from "../support/client.ts";
import { breakRedis, mendRedis } from "../support/redis-control.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

watchEachTest();
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

  it("FRAME-11 lets no more than twice the burst wait, and handles that", async () => {
    passTime(0);
    const client = await connect(someone("user"));
    const session_id = someone("session");
    await breakRedis("hang", session_id);
    for (let burst = 0; burst < 2; burst += 1) {
      for (let sent = 0; sent < 200; sent += 1) client.send("call.check", { session_id });
      // Until they have arrived: the budget looks at the clock then.
      await readyIn(client);
      passTime(4_000);
    }
    client.send("call.check", { session_id }, { ref: "late" });
    expect(await client.nextMessage("error")).toMatchObject({ payload: tooMany, ref: "late" });
    await mendRedis(session_id);
    // The first may still have been refused by the store.
    await client.nextMessage();
    for (let left = 399; left > 0; left -= 1) {
      expect(await client.next("call.check_result")).toMatchObject({ exists: false });
    }
    expect(await client.settled()).toEqual([]);
  });
});

/** Resolves when the object has taken in what a client has sent. */
async function readyIn(client: Client): Promise<void> {
  const other = await connect(client.user);
  expect(await other.settled()).toEqual([]);
  other.socket.close(1000);
}
