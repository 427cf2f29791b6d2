/** Random channels under random faults. CHAOS_SEED repeats a run, CHAOS_ROUNDS makes it longer. */
import { describe, it } from "vitest";
import { watchEachTest } from "../support/workerd.ts";
import { act } from "./channels/actions.ts";
import { DeviceJudge, factsOf } from "./channels/judge.ts";
import { judgePresence } from "./channels/presence.ts";
import { judgePublishing } from "./channels/publishing.ts";
import { comeToRest, disperse, leftBehind } from "./channels/rest.ts";
import { Truth } from "./channels/truth.ts";
import { createWorld, strike, type World } from "./channels/world.ts";
import type { Fault } from "./ground/fault.ts";
import { expectSoundRounds, ROUNDS_MS } from "./ground/rounds.ts";
import { Ways } from "./ground/ways.ts";

const watched = watchEachTest();

async function begin({ devices }: World): Promise<void> {
  for (const device of devices) await device.connect();
}

async function judge({ journal, devices, channels, truth }: World): Promise<Fault[]> {
  const broken = await Promise.all(channels.map((channel) => truth.check(channel)));
  const facts = new Map(channels.map((channel) => [channel, factsOf(truth.of(channel))]));
  const linesOf = ({ name }: { readonly name: string }) =>
    journal.lines.filter(({ device }) => device === name);
  const heard = devices.flatMap((device) => {
    const judging = new DeviceJudge(device.name, device.device.resumes, facts);
    const wrong = linesOf(device).flatMap((line) => judging.take(line));
    return device.isHere ? [...wrong, ...judging.rest()] : wrong;
  });
  const present = await Promise.all(
    [...facts].map(([channel, each]) => judgePresence(channel, each, devices, linesOf)),
  );
  const altered = [...truth.wrong, ...broken.flat()].map((what) => ({ what }));
  return [...altered, ...judgePublishing(journal, facts), ...heard, ...present.flat()];
}

describe("chaos", () => {
  it(
    "CHAOS-2 leaves channels in one order, with nothing lost, repeated or left behind",
    { timeout: ROUNDS_MS },
    async () => {
      const [ways, truth] = [new Ways(), new Truth()];
      await expectSoundRounds({
        create: (random) => createWorld(random, ways, truth),
        act: (world) => act(world, world.random.of(world.devices)),
        ...{ begin, strike, comeToRest, judge, disperse, leftBehind },
      });
      // Work that could not reach another object says so, and is done later.
      watched.takeLog("alarm.failed");
    },
  );
});
