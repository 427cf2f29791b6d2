import fc, { type Scheduler } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Client, Received } from "../support/world/client.ts";
import { NO_LOSSES, pace, run, someLosses } from "../support/world/pacing.ts";
import { ringing, World } from "../support/world.ts";

/** Hundreds of worlds are played through, and machines may be busy. */
const PATIENCE = { timeout: 60_000 };

/** What may happen to a ringing call, at any moment. Bob has two devices. */
const events = [
  "ann ends",
  "ann is lost",
  "ann closes",
  "bob accepts",
  "bob accepts elsewhere",
  "bob rejects",
  "bob ends",
  "bob is lost",
  "time is up",
] as const;
type Event = (typeof events)[number];

const several = fc.subarray([...events], { minLength: 2 });
const isEnd = ({ type }: Received) => type === "call.ended" || type === "call.rejected";

interface Call {
  readonly ann: Client;
  readonly bob: Client;
  readonly tablet: Client;
  readonly session: string;
}

function happen(world: World, { ann, bob, tablet, session }: Call, event: Event): unknown {
  const payload = { session_id: session };
  switch (event) {
    case "ann ends":
      return ann.send("call.end", payload);
    case "ann is lost":
      return ann.close(1006);
    case "ann closes":
      return ann.close(1000);
    case "bob accepts":
      return bob.send("call.accept", payload);
    case "bob accepts elsewhere":
      return tablet.send("call.accept", payload);
    case "bob rejects":
      return bob.send("call.reject", payload);
    case "bob ends":
      return bob.send("call.end", payload);
    case "bob is lost":
      return bob.close(1006);
    case "time is up": {
      world.skip(45_000 + 3_000);
      world.alarm("ann");
      return world.alarm("bob");
    }
  }
}

/** Plays some events against each other and returns what both sides heard. */
async function play(s: Scheduler, given: readonly Event[], losses = NO_LOSSES) {
  const world = new World();
  const tablet = world.connect("bob", { label: "tablet" });
  const call = { ...(await ringing(world)), tablet };
  tablet.take();
  pace(world, s, losses);
  for (const event of given) {
    void s.schedule(Promise.resolve(), event).then(() => happen(world, call, event));
  }
  await run(world, s);
  world.expectSound();
  const heard = [call.ann, call.bob, tablet].map((client) => client.take());
  return {
    world,
    ...call,
    heard: { ann: heard[0] ?? [], bob: heard[1] ?? [], tablet: heard[2] ?? [] },
  };
}

/** Both sides live in the same call, or neither is in one. */
function expectAgreement(world: World): void {
  const [ann, bob] = [world.callOf("ann"), world.callOf("bob")];
  expect([bob?.session, bob?.state]).toEqual([ann?.session, ann?.state]);
}

/** Once the last one has hung up, nothing is left anywhere. */
async function expectRest(world: World): Promise<void> {
  await world.pass(60_000);
  expectAgreement(world);
  const live = world.callOf("ann");
  if (live) {
    const last = world.connect("ann", { label: "last" });
    await last.send("call.end", { session_id: live.session });
    await world.pass(60_000);
  }
  expect(world.remains()).toEqual([]);
}

describe("a ringing call, and everything at once", () => {
  test("CALL-12 has one outcome, on which both sides agree", PATIENCE, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), several, async (s, given) => {
        const { world, heard } = await play(s, given);
        expectAgreement(world);
        const outcomes = heard.ann.filter(({ type }) => /accepted|rejected/.test(type));
        expect(outcomes.length).toBeLessThanOrEqual(1);
        expect(heard.ann.filter(isEnd).length).toBeLessThanOrEqual(1);
        for (const side of [heard.bob, heard.tablet]) {
          expect(side.filter(isEnd).length).toBeLessThanOrEqual(1);
        }
        await expectRest(world);
      }),
      { numRuns: 150 },
    );
  });

  test("CALL-14 call.accepted never follows the end, whoever ended it", PATIENCE, async () => {
    const given: Event[] = ["bob accepts", "ann ends", "bob ends", "time is up"];
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.subarray(given, { minLength: 2 }), async (s, some) => {
        const { world } = await play(s, some);
        const mine = world.history.filter((line) => line.startsWith("ann:"));
        const accepted = mine.indexOf("ann: call.accepted");
        const over = mine.indexOf("ann: log call.over");
        if (over !== -1) expect(accepted).toBeLessThan(over);
        expect(mine.filter((line) => line === "ann: log call.over").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  test("CALL-13 of crossing ends one wins, and the store is told", PATIENCE, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const { world, heard } = await play(s, ["ann ends", "bob ends"]);
        const ends = [heard.ann, heard.bob].map((side) => side.filter(isEnd).length);
        expect(ends).toEqual(expect.arrayContaining([0, 1]));
        const loser = ends[0] === 1 ? heard.ann : heard.bob;
        expect(loser.filter(({ type }) => type === "error").length).toBeLessThanOrEqual(1);
        expect(world.remains()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("CALL-15 ends when its time is up, or was answered before", PATIENCE, async () => {
    const given: Event[] = ["time is up", "bob accepts", "bob accepts elsewhere"];
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const { world, heard } = await play(s, given);
        const [first, ...more] = heard.ann.map(({ type }) => type);
        expect(["call.accepted", "call.ended"]).toContain(first);
        expect(more).toEqual([]);
        await expectRest(world);
      }),
      { numRuns: 150 },
    );
  });

  test(
    "OBJ-7 is over for both, and for the store, also when messages and answers are lost",
    PATIENCE,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), several, someLosses, async (s, given, lost) => {
          const { world } = await play(s, given, lost);
          await expectRest(world);
        }),
        { numRuns: 150 },
      );
    },
  );
});
