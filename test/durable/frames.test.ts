import { describe, expect, it } from "vitest";
import { established } from "../support/calls.ts";
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
