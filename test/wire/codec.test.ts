import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { aboutOf, open, read, typeOf } from "../../src/wire/codec.ts";
import {
  badPayload,
  binary,
  missingField,
  notAnObject,
  typeless,
  unknownType,
  type Frame,
} from "./golden-frames.ts";

const parse = (frame: Frame) => read(open(frame));
const end = (more: object = {}) =>
  JSON.stringify({ type: "call.end", payload: { session_id: "s" }, ...more });

function refusalOf(frame: Frame): { code: string; message: string } {
  try {
    parse(frame);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    const { code, message } = error as ProtocolError;
    return { code, message };
  }
  throw new Error("the frame was taken");
}

const invalid = (message: string) => ({ code: "invalid_message", message });

describe("frames that are refused", () => {
  test.each(notAnObject)("FRAME-1 %s", (_, frame) => {
    expect(refusalOf(frame)).toEqual(invalid("Invalid message format"));
  });

  test.each(typeless)("FRAME-1 a type that is %s", (_, frame) => {
    expect(refusalOf(frame)).toEqual(invalid("Invalid message format"));
  });

  test.each(unknownType)("FRAME-2 %s", (_, frame) => {
    expect(refusalOf(frame)).toEqual(invalid("Unknown message type"));
  });

  test.each(badPayload)("FRAME-3 %s", (_, frame) => {
    expect(refusalOf(frame)).toEqual(invalid("Invalid payload"));
  });

  test.each(missingField)("SIG-5 %s, with the text of what is missing", (_, frame, message) => {
    expect(refusalOf(frame)).toEqual(invalid(message));
  });

  test.each(["text", "binary"])("FRAME-5 more than 512 KiB of %s", (kind) => {
    const limit = 524_288;
    const of = (bytes: number) => {
      const frame = end({ pad: "" });
      const text = end({ pad: "x".repeat(bytes - frame.length) });
      return kind === "text" ? text : binary(text);
    };
    expect(parse(of(limit)).type).toBe("call.end");
    expect(refusalOf(of(limit + 1))).toEqual({
      code: "message_too_large",
      message: "Message too large",
    });
  });

  test("FRAME-5 counts bytes, not characters", () => {
    const text = end({ pad: "€".repeat(174_762) });
    expect(text.length).toBeLessThan(524_288);
    expect(refusalOf(text).code).toBe("message_too_large");
  });

  test.each([
    ["an unknown type", (pad: string) => `{"type":"x","pad":"${pad}"}`, "Unknown message type"],
    ["no type", (pad: string) => `{"pad":"${pad}"}`, "Unknown message type"],
    ["a type that is none", (pad: string) => `{"type":5,"pad":"${pad}"}`, "Invalid message format"],
    ["no JSON", (pad: string) => pad, "Invalid message format"],
    ["a list", (pad: string) => `["${pad}"]`, "Invalid message format"],
  ])("FRAME-5 %s is too large beyond 512 KiB", (_, frame, message) => {
    const of = (bytes: number) => frame("x".repeat(bytes - frame("").length));
    expect(refusalOf(of(524_288))).toEqual(invalid(message));
    expect(refusalOf(of(524_289)).code).toBe("message_too_large");
  });
});

describe("frames that are taken", () => {
  test("FRAME-1 text and binary alike", () => {
    expect(parse(binary(end()))).toEqual(parse(end()));
    expect(parse(end())).toEqual({
      type: "call.end",
      payload: { session_id: "s" },
      raw: { session_id: "s" },
      about: { session_id: "s" },
    });
  });

  test("FRAME-4 keys in any letter case, an exact one first", () => {
    const frame = '{"TYPE":"call.end","Payload":{"SESSION_ID":"s"}}';
    expect(parse(frame)).toMatchObject({ type: "call.end", payload: { session_id: "s" } });
    const both =
      '{"Type":"call.check","type":"call.end","payload":{"Session_Id":"a","session_id":"b"}}';
    expect(parse(both)).toMatchObject({ type: "call.end", payload: { session_id: "b" } });
  });

  test("FRAME-4 the key in another letter case where the exact one is null", () => {
    const frame = '{"type":null,"Type":"call.end","payload":{"session_id":null,"Session_Id":"s"}}';
    expect(parse(frame)).toMatchObject({ type: "call.end", payload: { session_id: "s" } });
  });

  test("FRAME-4 unknown keys, which stay in what is relayed", () => {
    const payload = { session_id: "s", usernameFragment: "u", nested: { a: [1, null] } };
    const request = parse(JSON.stringify({ type: "webrtc.ice", payload, extra: 1 }));
    expect(request.payload).toEqual({ session_id: "s" });
    expect(request.raw).toEqual(payload);
  });

  test("FRAME-4 null as if it were not there", () => {
    const frame =
      '{"type":"call.start","payload":{"callee_id":"b","callee_os":null,"ring_timeout":null},"ref":null}';
    expect(parse(frame)).toEqual({
      type: "call.start",
      payload: { callee_id: "b" },
      raw: { callee_id: "b", callee_os: null, ring_timeout: null },
      about: {},
    });
  });

  test("FRAME-4 raw line feeds as spaces, also inside strings; escaped ones as they are", () => {
    const frame = '{\n"type":\n"webrtc.offer","payload":{"session_id":"s","sdp":"a\nb\\nc"}}\n';
    expect(parse(frame).payload).toEqual({ session_id: "s", sdp: "a b\nc" });
    expect(parse(binary(frame)).payload).toEqual({ session_id: "s", sdp: "a b\nc" });
  });

  test.each([0, 1, -1, 65_535, null])("SIG-1 sdpMLineIndex %j", (sdpMLineIndex) => {
    const payload = { session_id: "s", candidate: "", sdpMid: null, sdpMLineIndex };
    expect(parse(JSON.stringify({ type: "webrtc.ice", payload })).raw).toEqual(payload);
  });
});

describe("references", () => {
  test.each(["r", "", "é".repeat(128)])("FRAME-8 of up to 128 characters come back", (ref) => {
    expect(parse(end({ ref })).ref).toBe(ref);
    expect(open(JSON.stringify({ ref })).ref).toBe(ref);
  });

  test.each(["x".repeat(129), 7, true, null, ["r"], {}])("FRAME-8 others do not: %j", (ref) => {
    expect(parse(end({ ref }))).not.toHaveProperty("ref");
  });

  test("FRAME-7 a refused frame still says its type and its call", () => {
    const envelope = open('{"Type":"call.nope","payload":{"Session_id":"s"},"ref":"r"}');
    expect([typeOf(envelope), aboutOf(envelope), envelope.ref]).toEqual([
      "call.nope",
      { session_id: "s" },
      "r",
    ]);
  });

  test.each([1_024, 1_025])("FRAME-7 repeats texts of up to 1024 characters: %i", (length) => {
    const [type, to] = ["t".repeat(length), "u".repeat(length)];
    const expected = length === 1_024;
    expect(typeOf(open(JSON.stringify({ type })))).toBe(expected ? type : undefined);
    expect(aboutOf(open(JSON.stringify({ type: "offer", to })))).toEqual(expected ? { to } : {});
  });

  test.each(["null", "{}", '{"type":"","payload":{"session_id":""}}', '{"type":1,"payload":[]}'])(
    "FRAME-7 %s says neither",
    (frame) => {
      const envelope = open(frame);
      expect([typeOf(envelope), aboutOf(envelope)]).toEqual([undefined, {}]);
    },
  );
});
