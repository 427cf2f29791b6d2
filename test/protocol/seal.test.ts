import fc from "fast-check";
import { expect, test } from "vitest";
import { seal } from "../../src/protocol/seal.ts";

test("SIG-1 seals any payload so that it reads the same again", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
      (given) => {
        const payload = JSON.parse(JSON.stringify(given)) as Record<string, unknown>;
        expect(JSON.parse(seal(payload))).toEqual(payload);
      },
    ),
  );
});

test("FRAME-3 refuses a payload that the runtime cannot spell out", () => {
  const depth = 200_000;
  const payload = JSON.parse(`{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`) as { x: unknown };
  expect(() => seal(payload)).toThrow("Invalid payload");
});
