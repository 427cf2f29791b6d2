import { inject, expect, it } from "vitest";
import { chooseCommands, choosePause, Chance } from "./commands.ts";
import { catchLog, closeDown, createRunner, follow, round, type Recipe } from "./run.ts";
import { shrink } from "./shrink.ts";
import type { Naming, State } from "./state.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly model: { readonly steps?: string; readonly seed?: string; readonly recipe?: string };
  }
}

/** `MODEL_STEPS`, `MODEL_SEED` and `MODEL_RECIPE` (a printed recipe, run instead of random steps). */
const given = inject("model");
const STEPS = Number(given.steps ?? 10_000);
const SEED = Number(given.seed ?? 1);

/** Worlds that run side by side, and steps of a run before it is closed down. */
const WORLDS = 8;
const LENGTH = 200;
const SHRINK_MS = 60_000;
/** For a machine that does much else. */
const PATIENCE_MS = 2 * SHRINK_MS + STEPS * 60;

const namings: readonly Naming[] = ["labelled", "unlabelled", "hash"];

/** Where a race leaves several states, any will do to choose from. */
function stateOf({ states }: { readonly states: readonly State[] }): State {
  const [first] = states;
  if (!first) throw new Error("a world is always in some state");
  return first;
}

async function explore(): Promise<{ count: number; recipe?: Recipe; error?: Error }> {
  const chance = new Chance(SEED);
  let count = 0;
  while (count < STEPS) {
    const runners = await Promise.all(
      Array.from({ length: WORLDS }, () =>
        createRunner(Array.from({ length: 2 + chance.below(3) }, () => chance.of(namings))),
      ),
    );
    const chances = runners.map(() => new Chance(chance.below(2 ** 31)));
    const left = Math.ceil((STEPS - count) / WORLDS);
    for (let step = 0; step < Math.min(LENGTH, left); step += 1) {
      count += await round(runners, choosePause(chance), ({ world }, index) =>
        chooseCommands(chances[index] ?? chance, world.people, stateOf(world)),
      );
    }
    count += await closeDown(runners);
    const failed = runners.find(({ failure }) => failure);
    if (failed?.failure) {
      const recipe = { namings: failed.namings, steps: failed.world.history };
      return { count, recipe, error: failed.failure };
    }
  }
  return { count };
}

it(
  "MODEL-1 agrees with the model after every step of a random walk, and leaves nobody busy",
  async () => {
    catchLog();
    if (given.recipe !== undefined) {
      expect(await follow(JSON.parse(given.recipe) as Recipe)).toBeUndefined();
      return;
    }
    const { count, recipe, error } = await explore();
    if (recipe && error) {
      const shrunk = await shrink(recipe, SHRINK_MS);
      const printed = JSON.stringify(shrunk?.recipe ?? recipe);
      expect.fail(
        `MODEL_SEED=${SEED}, after ${count} commands: ${error.message}\n\nshrunk: ${shrunk?.error.message ?? "does not fail again"}\nMODEL_RECIPE='${printed}'`,
      );
    }
    expect(count).toBeGreaterThanOrEqual(STEPS);
  },
  PATIENCE_MS,
);
