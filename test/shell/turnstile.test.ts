import { expect, test } from "vitest";
import { Turnstile } from "../../src/durable/turnstile.ts";

test("CONN-14 lets thirty sockets in within ten seconds, and says how long the next must wait", () => {
  const turnstile = new Turnstile();
  const enter = (at: number) => turnstile.enter(1_000_000 + at);
  for (let n = 0; n < 30; n += 1) expect(enter(n * 100)).toBe(0);
  expect(enter(3_000)).toBe(7);
  expect(enter(9_001)).toBe(1);
  expect(enter(9_999)).toBe(1);
  expect(enter(10_000)).toBe(0);
  expect(enter(10_001)).toBe(1);
  expect(enter(10_100)).toBe(0);
});

test("CONN-14 those who were refused do not make the wait longer", () => {
  const turnstile = new Turnstile();
  for (let n = 0; n < 30; n += 1) turnstile.enter(0);
  for (let at = 0; at < 10_000; at += 10) expect(turnstile.enter(at)).toBeGreaterThan(0);
  expect(turnstile.enter(10_000)).toBe(0);
});
