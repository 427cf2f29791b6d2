import { describe, expect, test } from "vitest";
import { parseExactly } from "../../src/wire/exact-numbers.ts";

const round = (text: string) => JSON.stringify(parseExactly(text));

describe("numbers that are relayed", () => {
  test.each([
    '{"a":12345678901234567890}',
    '{"a":[1e999,-1e999]}',
    '{"a":0.1234567890123456789}',
    '{"a":{"b":9007199254740993}}',
    '{"a":"12345678901234567890"}',
  ])("SIG-1 keep their digits: %s", (text) => {
    expect(round(text)).toBe(text);
  });

  test("SIG-1 stay numbers where a double holds them", () => {
    expect(parseExactly('{"a":1e3,"b":1.5,"c":1790000000000000,"d":-0.25}')).toEqual({
      a: 1_000,
      b: 1.5,
      c: 1_790_000_000_000_000,
      d: -0.25,
    });
  });

  test("SIG-1 do not make text into JSON that is none", () => {
    expect(() => parseExactly('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});
