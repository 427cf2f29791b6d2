import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isGranted, readGrants } from "../../src/core/permission.ts";
import { Presence, type Change, type Stay } from "../../src/core/presence.ts";

const GRACE_MS = 5_000;

/** A presence over rows, started anew from them whenever asked. */
function place() {
  const rows = new Map<string, Stay>();
  const start = () =>
    new Presence(
      { put: (stay) => rows.set(stay.seat, stay), delete: (seat) => rows.delete(seat) },
      rows.values(),
    );
  return { rows, start };
}

const step = fc.record({
  act: fc.constantFrom("join", "update", "leave", "lose", "away", "back", "wait", "evict"),
  user: fc.constantFrom("ann", "ben"),
  seat: fc.constantFrom("1", "2", "resuming"),
  meta: fc.constantFrom(undefined, '{"a":1}', '{"a":2}'),
  ms: fc.constantFrom(1_000, 4_999, 5_000),
});

/** What is expected of a user: shown while a seat is present, and for the grace after the last was lost. */
class Expected {
  readonly live = new Set<string>();
  readonly asleep = new Set<string>();
  until = -Infinity;

  lose(seat: string, now: number): void {
    if (this.live.delete(seat) && this.live.size === 0) this.until = now + GRACE_MS;
  }

  leave(seat: string): void {
    if (this.live.delete(seat) && this.live.size === 0) this.until = -Infinity;
  }

  isShown(now: number): boolean {
    return this.live.size > 0 || now < this.until;
  }
}

describe("presence", () => {
  test("PRES-8 whatever happens, nobody is shown who has gone, and nobody flaps", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { start } = place();
        let presence = start();
        let now = 0;
        const shown = new Map<string, string | undefined>();
        const expected = new Map(["ann", "ben"].map((user) => [user, new Expected()]));
        const tell = (changes: readonly Change[]) => {
          for (const { type, user, meta } of changes) {
            // A leave tells only of somebody who was shown.
            if (type === "presence_leave") expect(shown.delete(user)).toBe(true);
            else shown.set(user, meta);
          }
        };
        for (const { act, user, seat: name, meta, ms } of steps) {
          const seat = `${user}-${name}`;
          const kept = name === "resuming";
          const of = expected.get(user) ?? new Expected();
          tell(presence.expire(now));
          if (act === "join" || act === "update") {
            tell(presence.set(`presence_${act}`, { user, seat, kept, meta }, now));
            of.live.add(seat);
            of.asleep.delete(seat);
          } else if (act === "leave" && of.live.has(seat)) {
            tell(presence.leave(user, seat));
            of.leave(seat);
          } else if (act === "lose") {
            tell(presence.lose(user, [seat], now + GRACE_MS));
            presence.forget(user, [seat]);
            of.lose(seat, now);
            of.asleep.delete(seat);
          } else if (act === "away" && kept && of.live.has(seat)) {
            tell(presence.lose(user, [seat], now + GRACE_MS));
            of.lose(seat, now);
            of.asleep.add(seat);
          } else if (act === "back" && of.asleep.delete(seat)) {
            tell(presence.resume(user, [seat]));
            of.live.add(seat);
          } else if (act === "wait") now += ms;
          else if (act === "evict") presence = start();
          tell(presence.expire(now));
          const visible = new Map(presence.shown().map((stay) => [stay.user, stay.meta]));
          expect(visible).toEqual(shown);
          for (const [each, { live }] of expected) {
            expect([each, shown.has(each)]).toEqual([each, expected.get(each)?.isShown(now)]);
            expect(live.size > 0 && !shown.has(each)).toBe(false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("permission", () => {
  const all = ["subscribe", "publish", "presence", "history"] as const;

  test("CHAN-8 the first match decides, and what is not understood grants nothing", () => {
    const grants = readGrants([
      { match: "a:*", rights: ["publish"] },
      { match: "a:b", rights: all },
      { match: "*x", rights: all },
      { match: 7, rights: all },
      null,
    ]);
    expect(isGranted("publish", "a:b", grants, all)).toBe(true);
    expect(isGranted("subscribe", "a:b", grants, all)).toBe(false);
    expect(isGranted("publish", "yx", grants, all)).toBe(false);
    expect(isGranted("publish", "*x", grants, all)).toBe(true);
    expect(isGranted("publish", "z", undefined, all)).toBe(true);
    for (const claim of [7, "all", {}, [[]]]) {
      expect(isGranted("publish", "a:b", readGrants(claim), all)).toBe(false);
    }
  });
});
