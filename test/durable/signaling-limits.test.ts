import { describe, expect, it } from "vitest";
import { established, ringing } from "../support/calls.ts";
import { connect, someone, type Client, type Received } from "../support/client.ts";
import { runAlarm } from "../support/objects.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const TYPES = ["webrtc.offer", "webrtc.answer", "webrtc.ice"] as const;

const numbers = (messages: readonly Received[]) => messages.map(({ payload }) => payload["n"]);

/** Numbered candidates. */
function candidates(from: Client, session_id: string, count: number, first = 0): void {
  for (let n = first; n < first + count; n += 1) from.send("webrtc.ice", { session_id, n });
}

describe("signaling for an absent side", () => {
  const failures = {
    "webrtc.offer": "Failed to forward offer",
    "webrtc.answer": "Failed to forward answer",
    "webrtc.ice": "Failed to forward ICE candidate",
  };

  it("SIG-4 waits up to 256 messages, then fails for the sender; none is lost or doubled", async () => {
    passTime(0);
    const { caller, callee, session: session_id } = await established({ callee: "device=phone" });
    await callee.lose();
    candidates(caller, session_id, 190);
    expect(await caller.settled()).toEqual([]);
    passTime(3_000);
    candidates(caller, session_id, 66, 190);
    expect(await caller.settled()).toEqual([]);
    for (const type of TYPES) {
      caller.send(type, { session_id, sdp: "v=0" }, { ref: type });
      expect(await caller.nextMessage("error")).toEqual({
        type: "error",
        payload: {
          code: "internal_error",
          message: failures[type],
          ref_type: type,
          session_id,
        },
        ref: type,
      });
    }
    const back = await connect(callee.user, "device=phone");
    await back.next("call.resumed");
    candidates(caller, session_id, 1, 256);
    const got: Received[] = [];
    while (got.length < 257) got.push(await back.nextMessage("webrtc.ice"));
    expect(numbers(got)).toEqual(Array.from({ length: 257 }, (_, n) => n));
  });

  it.each(["x", "é", "日"])("SIG-4 waits up to 1 MiB, in bytes of UTF-8 (%s)", async (unit) => {
    const { caller, callee, session: session_id } = await established({ callee: "device=phone" });
    await callee.lose();
    const sdp = unit.repeat(400_000 / new TextEncoder().encode(unit).byteLength);
    for (const n of [0, 1]) caller.send("webrtc.offer", { session_id, sdp, n });
    expect(await caller.settled()).toEqual([]);
    caller.send("webrtc.offer", { session_id, sdp, n: 2 });
    expect(await caller.next("error")).toMatchObject({ message: "Failed to forward offer" });
    candidates(caller, session_id, 1, 3);
    expect(await caller.settled()).toEqual([]);
    const back = await connect(callee.user, "device=phone");
    await back.next("call.resumed");
    expect(numbers(await back.settled())).toEqual([0, 1, 3]);
  });

  it("SIG-4 limits what waits for a callee that has not answered, and rings on", async () => {
    passTime(0);
    const { caller, callee, session: session_id } = await ringing();
    for (const [count, first] of [
      [190, 0],
      [66, 190],
    ] as const) {
      candidates(caller, session_id, count, first);
      expect(await caller.settled()).toEqual([]);
      passTime(4_000);
    }
    candidates(caller, session_id, 1, 256);
    expect(await caller.next("error")).toMatchObject({ message: failures["webrtc.ice"] });
    await runAlarm(callee.user);
    callee.send("call.accept", { session_id });
    await caller.next("call.accepted");
    expect(numbers(await callee.settled())).toEqual(Array.from({ length: 256 }, (_, n) => n));
  });
});

describe("signaling with a field missing", () => {
  const missing = (message: string) => ({ code: "invalid_message", message });

  it.each(["webrtc.offer", "webrtc.answer"])("SIG-5 says which fields %s needs", async (type) => {
    const { caller, session: session_id } = await established();
    const sdp = "v=0";
    for (const lacking of [
      {},
      { session_id },
      { sdp },
      { session_id, sdp: "" },
      { session_id: "", sdp },
    ]) {
      caller.send(type, lacking);
      expect(await caller.next("error")).toMatchObject(missing("Missing session_id or sdp"));
    }
    caller.send(type, { session_id: null, sdp: null });
    expect(await caller.next("error")).toMatchObject(missing("Missing session_id or sdp"));
  });

  it.each(["webrtc.ice", "call.accept", "call.reject", "call.end", "call.check"])(
    "SIG-5 says that %s needs a session_id",
    async (type) => {
      const client = await connect(someone("user"));
      for (const lacking of [{}, { session_id: "" }, { session_id: null }, { candidate: "c" }]) {
        client.send(type, lacking);
        expect(await client.next("error")).toMatchObject(missing("Missing session_id"));
      }
    },
  );
});
