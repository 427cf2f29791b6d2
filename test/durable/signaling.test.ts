import { describe, expect, it, vi } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { connect, type Client } from "../support/client.ts";
import { divert, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
const TYPES = ["webrtc.offer", "webrtc.answer", "webrtc.ice"] as const;

/** Numbered candidates. */
function candidates(from: Client, session_id: string, count: number, first = 0): void {
  for (let n = first; n < first + count; n += 1) from.send("webrtc.ice", { session_id, n });
}

describe("what is relayed", () => {
  it("SIG-1 arrives with its payload equal as JSON, either way and of either type", async () => {
    const { caller, callee, session } = await established();
    const extra = String.raw`"n":[1,-1.5,1e21,5e-324,true,null,[],{}],"nested":{"a":{"b":[{"c":""}]}},"":0,
      "__proto__":{"x":1},"constructor":"c","toJSON":"t","text":"é日😀\ud800 \udc00x\u0000\u2028\"\\\/","SDP":"other",
      "user_id":"eve","from":"eve","candidate":"","sdpMid":null,"sdpMLineIndex":0,"usernameFragment":"u"`;
    const text = `{"session_id":"${session}","sdp":"v=0\\r\\no=- é\\r\\n",${extra.replaceAll("\n", "")}}`;
    for (const type of TYPES) {
      for (const [from, to] of [
        [caller, callee],
        [callee, caller],
      ] as const) {
        from.raw(`{"type":"${type}","payload":${text}}`);
        const got = await to.nextMessage(type);
        expect(Object.keys(got)).toEqual(["type", "payload"]);
        expect(JSON.stringify(got.payload)).toBe(JSON.stringify(JSON.parse(text)));
      }
    }
  });

  it("SIG-1 may be a candidate of any form, the end of candidates included", async () => {
    const { caller, callee, session: session_id } = await established();
    const forms = [
      {},
      { candidate: null },
      { candidate: "" },
      { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 },
      { candidate: "x", sdpMid: null, sdpMLineIndex: null },
      { sdpMLineIndex: 65_535 },
    ];
    for (const form of forms) {
      caller.send("webrtc.ice", { session_id, ...form });
      expect(await callee.next("webrtc.ice")).toEqual({ session_id, ...form });
    }
  });

  it("SIG-1 reaches the device in the call only, and nobody hears more of it", async () => {
    const { caller, callee, session: session_id } = await established();
    const others = [await connect(caller.user), await connect(callee.user)];
    caller.send("webrtc.offer", { session_id, sdp: "v=0" });
    await callee.next("webrtc.offer");
    callee.send("webrtc.answer", { session_id, sdp: "v=0" });
    await caller.next("webrtc.answer");
    for (const client of [...others, caller, callee]) expect(await client.settled()).toEqual([]);
  });

  it("SIG-2 keeps its order in each direction, 300 mixed messages at once", async () => {
    const { caller, callee, session: session_id } = await established();
    let clock = Date.now();
    // Every look at the clock earns a frame, so that the frame budget lets the burst pass.
    vi.spyOn(Date, "now").mockImplementation(() => (clock += 25));
    for (let n = 0; n < 300; n += 1) {
      for (const client of [caller, callee]) {
        const sdp = "v=0".padEnd(n % 50 === 0 ? 100_000 : 10 * (n % 7), "x");
        client.send(TYPES[n % 3] ?? "", { session_id, n, sdp });
      }
    }
    const expected = Array.from({ length: 300 }, (_, n) => [TYPES[n % 3], n]);
    for (const client of [caller, callee]) {
      const got: unknown[] = [];
      while (got.length < 300) {
        const n = got.length;
        const { type, payload } = await client.nextMessage(TYPES[n % 3] ?? "");
        got.push([type, payload["n"]]);
      }
      expect(got).toEqual(expected);
      expect(await client.settled()).toEqual([]);
    }
  });

  it("SIG-2 keeps its order when the way to the peer is slow at first", async () => {
    const { caller, callee, session } = await established();
    const cleared = new Gate();
    let deliveries = 0;
    divert(async (delivery, object) => {
      deliveries += 1;
      if (deliveries === 1) await cleared.pass();
      return object.receive(delivery);
    });
    candidates(caller, session, 50);
    expect(await caller.settled()).toEqual([]);
    expect(await callee.settled()).toEqual([]);
    cleared.open();
    for (let n = 0; n < 50; n += 1) expect((await callee.next("webrtc.ice"))["n"]).toBe(n);
  });
});

describe("early signaling", () => {
  it("SIG-3 waits for the device that accepts, and reaches it in order and alone", async () => {
    const { caller, callee, session: session_id } = await ringing();
    const other = await connect(callee.user);
    await other.rung();
    caller.send("webrtc.offer", { session_id, sdp: "v=0", n: 0 });
    candidates(caller, session_id, 20, 1);
    expect(await caller.settled()).toEqual([]);
    for (const client of [callee, other]) expect(await client.settled()).toEqual([]);
    callee.send("call.accept", { session_id });
    await caller.next("call.accepted");
    candidates(caller, session_id, 5, 21);
    expect((await callee.nextMessage("webrtc.offer")).payload["n"]).toBe(0);
    for (let n = 1; n < 26; n += 1) expect((await callee.next("webrtc.ice"))["n"]).toBe(n);
    expect(await other.next("call.ended")).toMatchObject({ reason: "answered_elsewhere" });
    expect(await other.settled()).toEqual([]);
  });

  it("SIG-3 goes out before the caller can answer to the acceptance, also when it is still on its way", async () => {
    const { caller, callee, session: session_id } = await ringing();
    caller.socket.addEventListener("message", ({ data }) => {
      if (String(data).includes("call.accepted")) candidates(caller, session_id, 10, 30);
    });
    candidates(caller, session_id, 30);
    callee.send("call.accept", { session_id });
    for (let n = 0; n < 40; n += 1) expect((await callee.next("webrtc.ice"))["n"]).toBe(n);
  });

  it.each(TYPES)("SIG-3 refuses %s from the callee before it accepts", async (type) => {
    const { caller, callee, session: session_id } = await ringing();
    callee.send(type, { session_id, sdp: "v=0" });
    expect(await callee.next("error")).toMatchObject({
      code: "invalid_state",
      message: "Call not in accepted state",
    });
    expect(await caller.settled()).toEqual([]);
  });

  it("SIG-3 is forgotten with its call", async () => {
    const { caller, callee, session } = await ringing();
    candidates(caller, session, 3);
    await caller.settled();
    callee.send("call.reject", { session_id: session });
    await caller.next("call.rejected");
    const session_id = await ring(caller, callee);
    callee.send("call.accept", { session_id });
    await caller.next("call.accepted");
    expect(await callee.settled()).toEqual([]);
  });
});
