import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CLAIM_FLOOR_MS,
  LIVE_CALL_VERSION,
  lost,
  overdue,
  takenOver,
  without,
  type LiveCall,
} from "../../src/core/live-call.ts";

const GRACE_MS = 15_000;
const NOW = 1_000_000;

const call = (more: Partial<LiveCall> = {}): LiveCall => ({
  version: LIVE_CALL_VERSION,
  session: "s",
  role: "caller",
  state: "accepted",
  peer: "bob",
  ringUntil: NOW + 45_000,
  device: "user",
  ...more,
});

describe("time", () => {
  test("CALL-15 a ringing call times out at its deadline, not before", () => {
    const ringing = call({ state: "ringing", ringUntil: NOW });
    expect(overdue(ringing, NOW - 1)).toBeUndefined();
    expect(overdue(ringing, NOW)).toBe("timeout");
    expect(overdue(ringing, NOW + 60_000)).toBe("timeout");
  });

  test("an accepted call does not time out", () => {
    expect(overdue(call({ ringUntil: NOW }), NOW + 1)).toBeUndefined();
  });

  test("GRACE-3 a lost device loses the call at the end of the grace, not before", () => {
    const away = lost(call(), NOW, GRACE_MS);
    expect(overdue(away, NOW + GRACE_MS - 1)).toBeUndefined();
    expect(overdue(away, NOW + GRACE_MS)).toBe("lose");
  });

  test("a loss goes before a timeout", () => {
    const both = call({ state: "ringing", ringUntil: NOW, graceUntil: NOW });
    expect(overdue(both, NOW)).toBe("lose");
  });
});

describe("losing and returning", () => {
  test("GRACE-1 a claim ends the grace", () => {
    const claimed = without(lost(call(), NOW, GRACE_MS), "graceUntil");
    expect(overdue(claimed, Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(lost(claimed, NOW + 50_000, GRACE_MS).graceUntil).toBe(NOW + 50_000 + GRACE_MS);
  });

  test("GRACE-4 a new socket that claims nothing has the rest of the grace", () => {
    const back = takenOver(lost(call(), NOW, GRACE_MS), NOW + 5_000, GRACE_MS);
    expect(back.graceUntil).toBe(NOW + GRACE_MS);
  });

  test("GRACE-4 a socket that takes over from a live one has a whole grace", () => {
    expect(takenOver(call(), NOW, GRACE_MS).graceUntil).toBe(NOW + GRACE_MS);
    expect(takenOver(call(), NOW, 0).graceUntil).toBe(NOW + CLAIM_FLOOR_MS);
  });

  test("GRACE-1 a socket that comes at the last moment still has time to claim", () => {
    const last = NOW + GRACE_MS - 1;
    const back = takenOver(lost(call(), NOW, GRACE_MS), last, GRACE_MS);
    expect(back.graceUntil).toBe(last + CLAIM_FLOOR_MS);
  });

  test("a second loss has its own last moment", () => {
    const stretched = takenOver(lost(call(), NOW, GRACE_MS), NOW + GRACE_MS - 1, GRACE_MS);
    const later = NOW + 100_000;
    const again = lost(without(stretched, "graceUntil"), later, GRACE_MS);
    const last = later + GRACE_MS - 1;
    expect(takenOver(again, last, GRACE_MS).graceUntil).toBe(last + CLAIM_FLOOR_MS);
  });

  test("GRACE-4 the last moment comes once, however often the device comes and goes", () => {
    let current = lost(call(), NOW, GRACE_MS);
    for (let now = NOW + GRACE_MS - 1; now < NOW + GRACE_MS + CLAIM_FLOOR_MS; now += 500) {
      current = lost(takenOver(current, now, GRACE_MS), now, GRACE_MS);
    }
    expect(current.graceUntil).toBe(NOW + GRACE_MS - 1 + CLAIM_FLOOR_MS);
  });

  const flaps = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 3_000 }), back: fc.boolean() }),
    { minLength: 1, maxLength: 60 },
  );

  test("GRACE-4 coming and going without a claim never keeps a call", () => {
    fc.assert(
      fc.property(flaps, fc.constantFrom(0, 1_000, GRACE_MS), (events, grace) => {
        const end = NOW + Math.max(grace, CLAIM_FLOOR_MS) + CLAIM_FLOOR_MS;
        let now = NOW;
        let current = lost(call(), now, grace);
        for (const { after, back } of events) {
          now += after;
          if (overdue(current, now)) break;
          current = back ? takenOver(current, now, grace) : lost(current, now, grace);
          expect(current.graceUntil).toBeGreaterThan(now);
          expect(current.graceUntil).toBeLessThanOrEqual(end);
        }
        expect(overdue(current, end)).toBe("lose");
      }),
    );
  });

  test("a grace is never shortened by coming or going", () => {
    fc.assert(
      fc.property(flaps, (events) => {
        let now = NOW;
        let current = lost(call(), now, GRACE_MS);
        for (const { after, back } of events) {
          now += after;
          const next = back ? takenOver(current, now, GRACE_MS) : lost(current, now, GRACE_MS);
          expect(next.graceUntil).toBeGreaterThanOrEqual(current.graceUntil ?? Infinity);
          current = next;
        }
      }),
    );
  });

  test("only deadlines change", () => {
    const { graceUntil: _, ...before } = call({ state: "ringing", announced: true, ref: "r" });
    const after = without(takenOver(lost(before, NOW, GRACE_MS), NOW, GRACE_MS), "graceUntil");
    expect(after).toMatchObject(before);
  });
});
