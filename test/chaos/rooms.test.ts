/** Random rooms under random faults. CHAOS_SEED repeats a run, CHAOS_ROUNDS makes it longer. */
import { describe, it } from "vitest";
import { watchEachTest } from "../support/workerd.ts";
import type { Fault } from "./ground/fault.ts";
import { expectSoundRounds, ROUNDS_MS } from "./ground/rounds.ts";
import { Ways } from "./ground/ways.ts";
import { act } from "./rooms/actions.ts";
import { comeToRest, disperse, judgeRooms, leftBehind } from "./rooms/rest.ts";
import { judgeSignals } from "./rooms/signals.ts";
import { createWorld, strike, type World } from "./rooms/world.ts";

const watched = watchEachTest();

async function begin({ members }: World): Promise<void> {
  for (const member of members) await member.connect();
}

async function judge(world: World): Promise<Fault[]> {
  const { journal, members } = world;
  const steady = members.filter(({ isHere, device }) => isHere && device.resumes);
  const names = new Set(steady.map(({ name }) => name));
  return [
    ...members.flatMap(({ wrong }) => wrong),
    ...judgeSignals(journal.lines, names),
    ...(await judgeRooms(world)),
  ];
}

describe("chaos", () => {
  it(
    "CHAOS-3 leaves rooms as their members see them, with no signal repeated and nothing left behind",
    { timeout: ROUNDS_MS },
    async () => {
      const ways = new Ways();
      await expectSoundRounds({
        create: (random) => createWorld(random, ways),
        act: (world) => act(world, world.random.of(world.members)),
        ...{ begin, strike, comeToRest, judge, disperse, leftBehind },
      });
      // Work that could not reach another object says so, and is done later.
      watched.takeLog("alarm.failed");
    },
  );
});
