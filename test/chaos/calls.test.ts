/** Random calls under random faults. CHAOS_SEED repeats a run, CHAOS_CALLS makes it longer. */
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFailed } from "vitest";
import { passTime, watchEachTest } from "../support/workerd.ts";
import { act } from "./calls/actions.ts";
import { judgeRings, judgeSession } from "./calls/judge.ts";
import { Random } from "./ground/random.ts";
import {
  comeToRest,
  expectEverybodyFree,
  immortal,
  leftInObjects,
  leftInRedis,
  ofCalls,
  ofStarts,
} from "./calls/rest.ts";
import { createWorld, strike, type World } from "./calls/world.ts";

const { CHAOS_CALLS, CHAOS_SEED } = env as unknown as Readonly<Record<string, string>>;
const CALLS = Number(CHAOS_CALLS || 60);
const SEED = Number(CHAOS_SEED || 3);
/** The clock stands still but for this, and what faults make of it. */
const STEP_MS = 20;
/** How often something goes wrong, per step. */
const FAULTS = 0.15;
/** Lines of the journal that a failure shows. */
const LAST = 20;
/** The objects' own alarms must not fire: their deadlines are this far ahead of the real clock. */
const AHEAD_MS = 86_400_000;

watchEachTest();

/** Lets users act and things go wrong until so many calls have rung. */
async function rage(world: World): Promise<void> {
  const { random, devices } = world;
  for (const device of devices) await device.connect();
  while (world.journal.rung < CALLS) {
    passTime(STEP_MS);
    await act(world, random.of(devices));
    if (random.chance(FAULTS)) await strike(world);
    if (random.chance(0.01)) expect(await immortal(world)).toEqual([]);
    // Gives the objects a turn of their own, short or long.
    await new Promise((resolve) => setTimeout(resolve, random.below(4)));
  }
}

/** Nothing is left; else the calls that it names are told of. */
function expectNothing({ journal }: World, left: readonly string[]): void {
  const named = journal.sessions().filter((session) => left.some((row) => row.includes(session)));
  expect(left, named.map((session) => journal.story(session)).join("\n\n")).toEqual([]);
}

describe("chaos", () => {
  it(
    "CHAOS-1 leaves every call with one outcome, and nothing behind",
    { timeout: 60_000 + CALLS * 500 },
    async () => {
      onTestFailed(() => {
        console.log(`repeat it by CHAOS_SEED=${SEED} CHAOS_CALLS=${CALLS}`);
        // Where it stands, if it stands still.
        for (const line of world.journal.lines.slice(-LAST)) console.log(JSON.stringify(line));
      });
      passTime(AHEAD_MS);
      const world = createWorld(new Random(SEED));
      const { journal } = world;
      await rage(world);
      await comeToRest(world);
      for (const session of journal.sessions()) {
        const wrong = judgeSession(journal, session);
        expect(wrong, wrong.length > 0 ? journal.story(session) : "").toEqual([]);
      }
      expect(judgeRings(journal)).toEqual([]);
      expectNothing(world, await immortal(world));
      expectNothing(world, await leftInRedis(world));
      expectNothing(world, await leftInObjects(world, ofCalls));
      await expectEverybodyFree(world);
      expectNothing(world, await leftInObjects(world, ofStarts));
    },
  );
});
