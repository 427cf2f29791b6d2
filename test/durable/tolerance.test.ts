import { describe, expect, it } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("what is tolerated", () => {
  it("FRAME-4 finds keys in another letter case, unless the right one is there", async () => {
    const { caller, callee, session } = await ringing();
    callee.raw(JSON.stringify({ TYPE: "call.check", PayLoad: { Session_ID: session }, REF: "r" }));
    expect((await callee.nextMessage("call.check_result")).ref).toBe("r");
    const exact = { SESSION_ID: crypto.randomUUID(), session_id: session };
    callee.raw(JSON.stringify({ Type: "x", type: "call.accept", payload: exact, PAYLOAD: 5 }));
    await caller.next("call.accepted");
    caller.raw(
      JSON.stringify({
        type: null,
        Type: "call.end",
        payload: { session_id: null, Session_Id: session },
      }),
    );
    expect(await callee.next("call.ended")).toMatchObject({ session_id: session });
  });

  it("FRAME-4 ignores unknown keys, and counts null as absent", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    const more = {
      callee_os: null,
      ring_timeout: null,
      glare: null,
      "": {},
      x: [1],
      constructor: 5,
    };
    const session = await ring(caller, callee, more);
    callee.send("call.accept", { session_id: session }, { ref: null, id: 7, __proto__: null });
    await caller.next("call.accepted");
    callee.send("webrtc.ice", { session_id: null });
    expect(await callee.next("error")).toMatchObject({ message: "Missing session_id" });
  });

  it("FRAME-4 counts raw line feeds as spaces, also in strings", async () => {
    const { caller, callee, session } = await established();
    caller.raw(
      `\n{"type":\n"webrtc.offer","payload":{"session_id":"${session}","sdp":"v=0\no=-"}}\n\n`,
    );
    expect(await callee.next("webrtc.offer")).toEqual({ session_id: session, sdp: "v=0 o=-" });
  });

  it("FRAME-4 takes the last of equal keys", async () => {
    const { callee, session } = await ringing();
    callee.raw(
      `{"type":"x","type":"call.check","payload":5,"payload":{"session_id":"y","session_id":"${session}"}}`,
    );
    expect(await callee.next("call.check_result")).toMatchObject({ exists: true });
  });

  it("FRAME-4 bears any depth, width and size of what it ignores", async () => {
    const { caller, callee } = await established();
    const deep = `${'{"a":['.repeat(50_000)}${"]}".repeat(50_000)}`;
    const wide = JSON.stringify(
      Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, i])),
    );
    for (const extra of [
      deep,
      wide,
      "1e999",
      "-0",
      "12345678901234567890123",
      '"\\ud800"',
      `"${"x".repeat(300_000)}"`,
    ]) {
      caller.raw(`{"type":"call.check","payload":{"session_id":"x","extra":${extra}},"extra":1}`);
      expect(await caller.next("call.check_result")).toEqual({ session_id: "x", exists: false });
    }
    expect(await callee.settled()).toEqual([]);
  });

  it.each([
    "\ud800",
    "\u0000",
    "a\u0000b",
    "\n",
    " ",
    "__proto__",
    "*",
    "?",
    "{}",
    "\u2028",
    "é".repeat(9_000),
  ])("FRAME-4 takes the name %j for a user who is not there", async (callee_id) => {
    const caller = await connect(someone("caller"));
    caller.raw(JSON.stringify({ type: "call.start", payload: { callee_id } }));
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });
});
