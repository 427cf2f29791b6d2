/** Rounds of chaos: everybody acts and things go wrong, then it comes to rest and is judged. */
import { env } from "cloudflare:workers";
import { expect, onTestFailed } from "vitest";
import { passTime } from "../../support/workerd.ts";
import type { Fault } from "./fault.ts";
import type { Journal } from "./journal.ts";
import { Random } from "./random.ts";

const { CHAOS_ROUNDS, CHAOS_SEED } = env as unknown as Readonly<Record<string, string>>;
const ROUNDS = Number(CHAOS_ROUNDS || 1);
/** What all chance of a run comes from; a round's is one more than that of the round before. */
export const SEED = Number(CHAOS_SEED || 3);
/** How long all rounds may take, in milliseconds. */
export const ROUNDS_MS = 60_000 * (1 + ROUNDS);
const STEPS = 400;
/** The clock stands still but for this, and what faults make of it. */
const STEP_MS = 20;
/** How often something goes wrong, per step. */
const FAULTS = 0.15;
/** Most faults that a failure names: one is often followed by many. */
const SHOWN = 10;
/** The objects' own alarms must not fire: their deadlines are this far ahead of the real clock. */
const AHEAD_MS = 86_400_000;

/** What goes on in a world. */
export interface Life<World> {
  /** Everybody connects. */
  begin(world: World): Promise<void>;
  /** Somebody does something. */
  act(world: World): Promise<void>;
  /** Something goes wrong. */
  strike(world: World): Promise<void>;
}

/** A round from its beginning to its end. */
export interface Round<World> extends Life<World> {
  create(random: Random): World;
  /** Ends the faults and lets time pass until nothing is under way any more. */
  comeToRest(world: World): Promise<void>;
  /** Everything that is wrong with a world at rest. */
  judge(world: World): Promise<Fault[]>;
  /** Everybody goes. */
  disperse(world: World): Promise<void>;
  /** What is still stored, and nobody needs. */
  leftBehind(world: World): Promise<string[]>;
}

/** Sets the clock so that alarms are run by hand only. */
export function stopAlarms(): void {
  passTime(AHEAD_MS);
}

/** Lets a world live, and things go wrong in it, as long as it `goesOn`. */
export async function rage<World extends { readonly random: Random }>(
  world: World,
  { begin, act, strike }: Life<World>,
  goesOn: (step: number) => boolean,
): Promise<void> {
  const { random } = world;
  await begin(world);
  for (let step = 0; goesOn(step); step += 1) {
    passTime(STEP_MS);
    await act(world);
    if (random.chance(FAULTS)) await strike(world);
    // Gives the objects a turn of their own, short or long.
    await new Promise((resolve) => setTimeout(resolve, random.below(4)));
  }
}

/** Plays as many rounds as the run has. A failure says how to repeat its round. */
export async function expectSoundRounds<
  World extends { readonly random: Random; readonly journal: Journal },
>(round: Round<World>): Promise<void> {
  let seed = SEED;
  onTestFailed(() => {
    console.log(`repeat it by CHAOS_SEED=${seed} CHAOS_ROUNDS=1`);
  });
  stopAlarms();
  for (; seed < SEED + ROUNDS; seed += 1) {
    const world = round.create(new Random(seed));
    await rage(world, round, (step) => step < STEPS);
    await round.comeToRest(world);
    const faults = await round.judge(world);
    const line = faults.find((fault) => fault.line)?.line;
    const story = line ? world.journal.around(line) : "";
    expect(faults.map(({ what }) => what).slice(0, SHOWN), story).toEqual([]);
    await round.disperse(world);
    expect((await round.leftBehind(world)).slice(0, SHOWN)).toEqual([]);
  }
}
