/** Random calls under random faults. CHAOS_SEED repeats a run, CHAOS_CALLS makes it longer. */
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFailed } from "vitest";
import { watchEachTest } from "../support/workerd.ts";
import { act } from "./calls/actions.ts";
import { judgeRings, judgeSession } from "./calls/judge.ts";
import { Random } from "./ground/random.ts";
import { rage, SEED, stopAlarms } from "./ground/rounds.ts";
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

const { CHAOS_CALLS } = env as unknown as Readonly<Record<string, string>>;
const CALLS = Number(CHAOS_CALLS || 60);
/** Lines of the journal that a failure shows. */
const LAST = 20;

watchEachTest();

/** What goes on until so many calls have rung. */
const life = {
  async begin({ devices }: World) {
    for (const device of devices) await device.connect();
  },
  async act(world: World) {
    await act(world, world.random.of(world.devices));
    if (world.random.chance(0.01)) expectNothing(world, await immortal(world));
  },
  strike,
};

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
      stopAlarms();
      const world = createWorld(new Random(SEED));
      const { journal } = world;
      await rage(world, life, () => journal.rung < CALLS);
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
