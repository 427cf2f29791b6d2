/** Makes a failing run small: takes commands away for as long as it still fails. */
import { follow, type Recipe } from "./run.ts";
import type { Step } from "./commands.ts";

export interface Shrunk {
  readonly recipe: Recipe;
  readonly error: Error;
}

/** Races do not come out alike each time. */
const TRIES = 3;

async function fail(recipe: Recipe, name?: string): Promise<Error | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const error = await follow(recipe);
    if (error && (name === undefined || error.name === name)) return error;
  }
  return undefined;
}

/** Shrinks until nothing can be taken away or the time is up; nothing when the run does not fail again. */
export async function shrink(recipe: Recipe, budgetMs: number): Promise<Shrunk | undefined> {
  const until = performance.now() + budgetMs;
  const error = await fail(recipe);
  if (!error) return undefined;
  let best: Shrunk = { recipe, error };
  for (
    let size = Math.ceil(recipe.steps.length / 2);
    size > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.recipe.steps.length && performance.now() < until;) {
      const smaller = { ...recipe, steps: without(best.recipe.steps, at, size) };
      const still = await fail(smaller, error.name);
      if (still) best = { recipe: smaller, error: still };
      else at += size;
    }
  }
  return best;
}

/** Takes steps away; their time passes all the same. */
function without(steps: readonly Step[], at: number, size: number): Step[] {
  const passed = steps.slice(at, at + size).reduce((sum, { passMs }) => sum + passMs, 0);
  const [next, ...rest] = steps.slice(at + size);
  const left = next ? [{ ...next, passMs: next.passMs + passed }, ...rest] : [];
  return [...steps.slice(0, at), ...left];
}
