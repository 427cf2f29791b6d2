import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientMessage } from "../../src/protocol/index.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { seal } from "../../src/protocol/seal.ts";
import { encode, frameBytes, open, read } from "../../src/wire/codec.ts";
import { binary, type Frame } from "./golden-frames.ts";

const parse = (frame: Frame) => read(open(frame));

describe("encoding", () => {
  test("puts the payload under its key, and the reference at top level", () => {
    const event = { type: "call.ringing", payload: { session_id: "s", callee_id: "b" } };
    expect(JSON.parse(encode(event))).toEqual(event);
    expect(JSON.parse(encode({ ...event, ref: "" }))).toEqual({ ...event, ref: "" });
  });

  test("FRAME-10 puts the fields of a flat event at top level", () => {
    const frame = encode({ type: "ack", payload: { ref_type: "call.end" }, ref: "r" });
    expect(JSON.parse(frame)).toEqual({ type: "ack", ref_type: "call.end", ref: "r" });
  });

  const payloads = fc
    .dictionary(fc.string({ unit: "binary" }), fc.jsonValue())
    // What a client can have sent: -0 is written 0.
    .map((given) => JSON.parse(JSON.stringify(given)) as Record<string, unknown>);
  const candidates = payloads.map((more) => ({ ...more, session_id: "s", candidate: "c" }));

  test("SIG-1 decode after encode is identity, for what is sealed and relayed", () => {
    fc.assert(
      fc.property(candidates, fc.boolean(), (payload, asBytes) => {
        // Spellings of the schema's own keys in other letter case decide nothing here.
        fc.pre(Object.keys(payload).every((key) => !/^sdpmid$|^sdpmlineindex$/i.test(key)));
        const sent = JSON.stringify({ type: "webrtc.ice", payload });
        const request = parse(asBytes ? binary(sent) : sent);
        const frame = encode({ type: request.type, json: seal(request.raw) });
        expect(JSON.parse(frame)).toEqual({ type: "webrtc.ice", payload });
        expect(parse(frame).raw).toEqual(payload);
      }),
    );
  });

  test("decode after encode is identity, for events of any type", () => {
    fc.assert(
      fc.property(fc.string(), payloads, fc.option(fc.string()), (type, payload, ref) => {
        const event = { type: `x${type}`, payload, ...(ref === null ? {} : { ref }) };
        expect(open(encode(event)).body).toEqual(event);
      }),
    );
  });

  test("no frame makes the decoder throw anything but a refusal", () => {
    const shuffled = fc.record(
      {
        type: fc.oneof(fc.constantFrom("call.start", "webrtc.ice", "__proto__"), fc.jsonValue()),
        payload: fc.jsonValue(),
        ref: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const frames = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      shuffled.map((frame) => JSON.stringify(frame)),
      fc.uint8Array().map((bytes) => new Uint8Array(bytes).buffer),
    );
    fc.assert(
      fc.property(frames, (frame) => {
        try {
          expect(clientMessage(parse(frame).type)).toBeDefined();
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          expect(error.code).toBe("invalid_message");
        }
      }),
    );
  });
});

describe("the size of a frame", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((u) => String.fromCharCode(...u));

  test("FRAME-5 is on the right side of a limit, also with lone surrogates", () => {
    fc.assert(
      fc.property(fc.oneof(units, fc.string({ unit: "binary" })), fc.nat(200), (text, limit) => {
        const bytes = Buffer.from(text, "utf8").byteLength;
        expect(frameBytes(text, limit) > limit).toBe(bytes > limit);
        expect(frameBytes(text, text.length)).toBe(bytes);
      }),
    );
  });

  test("FRAME-5 of a binary frame is its length", () => {
    expect(frameBytes(new ArrayBuffer(17), 1)).toBe(17);
  });
});
