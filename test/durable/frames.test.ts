import { describe, expect, it } from "vitest";
import { established, ring, ringing } from "../support/calls.ts";
import { bytesOf, connect, someone, type Client } from "../support/client.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const format = { code: "invalid_message", message: "Invalid message format" };
const unknown = { code: "invalid_message", message: "Unknown message type" };
const payload = { code: "invalid_message", message: "Invalid payload" };

/** Frames apart from each other by a bar. */
const frames = (list: string) => list.split("¦").map((frame) => frame.trim());

const noObject = [
  ...frames(
    String.raw`x ¦ { ¦ } ¦ [ ¦ {"type": ¦ {"type":"call.check" ¦ {'type':'x'} ¦ {type:1} ¦ undefined`,
  ),
  ...frames(
    String.raw`[] ¦ [{}] ¦ [{"type":"call.check"}] ¦ "call.check" ¦ "" ¦ 0 ¦ -1e9 ¦ true ¦ false ¦ NaN`,
  ),
  ...frames(
    String.raw`{}{} ¦ {} x ¦ {"type":"call.check"}, ¦ {} {"type":"call.check"} ¦ null null ¦ {}; ¦ {}//`,
  ),
  ...frames(
    String.raw`{"type":5} ¦ {"type":true} ¦ {"type":[]} ¦ {"type":["call.check"]} ¦ {"type":{}}`,
  ),
  ...frames(
    String.raw`{"type":"\x41"} ¦ {"a":01} ¦ {"a":1,} ¦ {"a":\u0031} ¦ {"a":"\ud8"} ¦ Infinity ¦ /**/{}`,
  ),
].concat("", " ", "\n", '{"type":"\u0001"}', '{"type":"a\rb"}', "\ufeff{}", "[".repeat(100_000));

const noType = [
  ...frames(
    String.raw`null ¦ {} ¦ {"type":null} ¦ {"type":""} ¦ {"payload":{}} ¦ {"Type":""} ¦ {"type":" "}`,
  ),
  ...frames(
    String.raw`__proto__ ¦ constructor ¦ toString ¦ hasOwnProperty ¦ prototype ¦ valueOf ¦ then ¦ Call.Start ¦
      call ¦ call. ¦ call.ring ¦ error ¦ ack ¦ welcome ¦ pong ¦ ping ¦ call.start\t ¦ \u0000 ¦ CALL.CHECK`,
  ).map((type) => `{"type":"${type}","payload":{}}`),
];

const types = frames(
  "call.start ¦ call.accept ¦ call.reject ¦ call.end ¦ call.check ¦ webrtc.offer ¦ webrtc.answer ¦ webrtc.ice",
);

/** The payloads of the errors that a list of frames gets. */
async function errorsOf(client: Client, list: readonly (string | ArrayBuffer)[]) {
  for (const frame of list) client.raw(frame);
  return (await client.settled()).map((message) =>
    message.type === "error" ? message.payload : message,
  );
}

describe("what is no message", () => {
  it.each([
    ["text", (frame: string): string | ArrayBuffer => frame],
    ["binary", bytesOf],
  ])("FRAME-1 takes one JSON object a frame, as %s, and nothing else", async (_, spell) => {
    const client = await connect(someone("user"));
    expect(
      await errorsOf(
        client,
        noObject.map((frame) => spell(frame)),
      ),
    ).toEqual(noObject.map(() => format));
    client.raw(spell(' {"type":"call.check","payload":{"session_id":"x"}}\r\n\t'));
    expect(await client.next("call.check_result")).toMatchObject({ exists: false });
  });

  it("FRAME-1 refuses bytes that are no UTF-8", async () => {
    const client = await connect(someone("user"));
    const broken = [
      [0x80],
      [0xff, 0xfe],
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
    ];
    const list = broken.map((bytes) => Uint8Array.from([0x22, ...bytes, 0x22]).buffer);
    list.push(new ArrayBuffer(0), Uint8Array.from([...new Uint8Array(bytesOf("{}")), 0xff]).buffer);
    expect(await errorsOf(client, list)).toEqual(list.map(() => format));
  });

  it("FRAME-2 knows no type by an empty, foreign or inherited name", async () => {
    const client = await connect(someone("user"));
    expect(await errorsOf(client, noType)).toMatchObject(noType.map(() => unknown));
  });
});

describe("what is no payload", () => {
  it.each(types)("FRAME-3 wants an object from %s", async (type) => {
    const client = await connect(someone("user"));
    const list = [undefined, "x", 5, true, false, [], [{}], ""].map((given) =>
      JSON.stringify({ type, payload: given }),
    );
    expect(await errorsOf(client, list)).toEqual(list.map(() => ({ ...payload, ref_type: type })));
    client.raw(JSON.stringify({ type, payload: null }));
    expect(await client.next("error")).toMatchObject({
      code: "invalid_message",
      message: expect.stringMatching(/^Missing /) as string,
    });
  });

  it("FRAME-3 wants fields of the right type", async () => {
    const { caller, session: session_id } = await established();
    const wrong: [string, object][] = [
      ...[5, true, {}, [], ["x"]].flatMap((value): [string, object][] => [
        ["call.start", { callee_id: value }],
        ["call.start", { callee_id: "x", callee_device_token: value }],
        ["call.start", { callee_id: "x", callee_os: value }],
        ["call.start", { callee_id: "x", glare: value }],
        ["call.accept", { session_id: value }],
        ["call.reject", { session_id: value }],
        ["call.end", { session_id: value }],
        ["call.check", { session_id: value }],
        ["webrtc.offer", { session_id: value, sdp: "v=0" }],
        ["webrtc.answer", { session_id, sdp: value }],
        ["webrtc.ice", { session_id, candidate: value }],
        ["webrtc.ice", { session_id, sdpMid: value }],
      ]),
      ...[0.5, "0", true, {}, 1e300].map((sdpMLineIndex): [string, object] => [
        "webrtc.ice",
        { session_id, sdpMLineIndex },
      ]),
    ];
    const list = wrong.map(([type, given]) => JSON.stringify({ type, payload: given }));
    expect(await errorsOf(caller, list)).toMatchObject(wrong.map(() => payload));
  });
});

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
