import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameBudget } from "../../src/durable/frame-budget.ts";

const budget = { perSecond: 50, burst: 200 };

test("FRAME-6 lets a burst through, then as much as the rate gives", () => {
  const frames = new FrameBudget(budget);
  const burst = Array.from({ length: 201 }, () => frames.spend("a", 0));
  expect(burst.indexOf(false)).toBe(200);
  expect(frames.spend("a", 19)).toBe(false);
  expect(frames.spend("a", 20)).toBe(true);
  expect(frames.spend("a", 20)).toBe(false);
  const second = Array.from({ length: 60 }, () => frames.spend("a", 1_020));
  expect(second.filter(Boolean)).toHaveLength(50);
});

test("FRAME-6 a long silence earns no more than a burst", () => {
  const frames = new FrameBudget(budget);
  frames.spend("a", 0);
  const burst = Array.from({ length: 300 }, () => frames.spend("a", 3_600_000));
  expect(burst.filter(Boolean)).toHaveLength(200);
});

test("FRAME-6 a socket's budget is its own, and begins anew when it is forgotten", () => {
  const frames = new FrameBudget({ perSecond: 1, burst: 1 });
  expect([frames.spend("a", 0), frames.spend("a", 0), frames.spend("b", 0)]).toEqual([
    true,
    false,
    true,
  ]);
  frames.drop("a");
  expect(frames.spend("a", 0)).toBe(true);
});

test("FRAME-6 never more than the burst and the rate together, whatever the clock does", () => {
  const pauses = fc.array(fc.integer({ min: -50, max: 2_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(pauses, (given) => {
      const frames = new FrameBudget({ perSecond: 5, burst: 3 });
      let now = 0;
      let forward = 0;
      let taken = 0;
      for (const pause of given) {
        now += pause;
        forward += Math.max(0, pause);
        if (frames.spend("a", now)) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(3 + (forward * 5) / 1_000);
    }),
  );
});
