import fc from "fast-check";
import { expect, test } from "vitest";
import { array, bulk, error, integer, nil, type Reply, status } from "../../../dev/redis/engine.ts";
import { decodeFrame, encodeFrame } from "../../../dev/redis/frames.ts";

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    fc.constant(nil),
    fc.maxSafeInteger().map(integer),
    fc.uint8Array().map((bytes) => bulk(Buffer.from(bytes))),
    fc.string({ unit: "binary" }).map((text) => status(text.toWellFormed())),
    fc.string({ unit: "binary" }).map((text) => error(text.toWellFormed())),
    fc.array(tie("reply")).map(array),
  ),
}));

test("a frame read back is the reply that was written", () => {
  fc.assert(
    fc.property(reply, (value) => {
      expect(decodeFrame(encodeFrame(value))).toEqual(value);
    }),
  );
});

test("a frame that breaks off is refused", () => {
  expect(() => decodeFrame(Buffer.from(":12"))).toThrow("broken frame");
  expect(() => decodeFrame(Buffer.from("*2\n:1\n"))).toThrow("broken frame");
});
