/** Runs worlds side by side under one clock, and makes a failing run small. */
import { vi } from "vitest";
import { signToken } from "../support/tokens.ts";
import { SLOTS, type Command, type Place, type Step } from "./commands.ts";
import { Fault } from "./divergence.ts";
import { quiet, watchObjects } from "./quiet.ts";
import { leftovers } from "./rest.ts";
import type { Naming, Person } from "./state.ts";
import { World } from "./world.ts";

/** Far from the present, so that no alarm comes by itself: they are run by hand. */
const AHEAD_MS = 400 * 86_400_000;
/** Longer than any ring and any grace. */
const LONG_MS = 300_000;

const MOMENT_MS = 300;

/** Lines that the service logs; a sound run has none. */
const logged: string[] = [];

/** Catches what the service logs: at the tests' level every line tells of a fault. */
export function catchLog(): void {
  for (const level of ["warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) =>
      logged.push(line.map(String).join(" ")),
    );
  }
}

let clock = Date.now() + AHEAD_MS;

function pass(ms: number): void {
  clock += ms;
  vi.setSystemTime(clock);
}

/** What a failing run needs to be run again. */
export interface Recipe {
  readonly namings: readonly Naming[];
  readonly steps: readonly Step[];
}

async function createWorld(namings: readonly Naming[]): Promise<World> {
  const tag = crypto.randomUUID().slice(0, 8);
  const people = namings.map((naming, index): Person => {
    const id = `${naming}${index}-${tag}`;
    const info = naming === "hash" ? { user_id: id, name: `Name ${index}` } : { user_id: id };
    return { id, naming, info };
  });
  const tokens = people.map(({ id, info }) =>
    signToken({ hash: id, name: info["name"], exp: (clock + AHEAD_MS) / 1_000 }),
  );
  await watchObjects(people[0]?.id ?? "");
  return new World(people, await Promise.all(tokens), clock);
}

/** A world and how it fares. */
export interface Runner {
  readonly world: World;
  readonly namings: readonly Naming[];
  failure?: Error;
}

export async function createRunner(namings: readonly Naming[]): Promise<Runner> {
  return { world: await createWorld(namings), namings };
}

/** Lets every sound world do something at the same instant; returns how many commands that were. */
export async function round(
  runners: readonly Runner[],
  passMs: number,
  choose: (runner: Runner, index: number) => readonly Command[],
): Promise<number> {
  pass(passMs);
  const steps = runners.map((runner, index) => ({ passMs, commands: choose(runner, index) }));
  const sound = [...runners.entries()].filter(([, { failure }]) => failure === undefined);
  await Promise.all(sound.map(([index, { world }]) => world.act(steps[index] as Step)));
  await quiet();
  await Promise.all(sound.map(([, { world }]) => world.flush()));
  let count = 0;
  for (const [index, runner] of sound) {
    count += steps[index]?.commands.length ?? 0;
    try {
      runner.world.judge();
      const line = logged.find((text) => runner.world.people.some(({ id }) => text.includes(id)));
      if (line !== undefined) throw new Fault(`the service logged ${line}`, runner.world.history);
    } catch (error) {
      runner.failure = error as Error;
    }
  }
  return count;
}

/** Everybody leaves and time passes; then nothing is left, and every pair can call. Twice over. */
export async function closeDown(runners: readonly Runner[]): Promise<number> {
  const users = Math.max(...runners.map(({ namings }) => namings.length));
  const leave: Command[] = places(users).map((at) => ({ act: "close", at, code: 1000 }));
  const arrive: Command[] = [...Array(users).keys()].map((user) => ({
    act: "connect",
    at: [user, 0],
    resume: false,
  }));
  const call = pairs(users).flatMap(([one, two]): Command[] => [
    { act: "start", at: [one, 0], to: two, join: false },
    { act: "end", at: [two, 0], of: two },
  ]);
  let count = await play(runners, leave);
  count += await rest(runners);
  count += await play(runners, [...arrive, ...call, ...leave]);
  return count + (await rest(runners));
}

async function play(runners: readonly Runner[], commands: readonly Command[]): Promise<number> {
  let count = 0;
  for (const command of commands) {
    count += await round(runners, MOMENT_MS, ({ namings }) =>
      isFor(command, namings.length) ? [command] : [],
    );
  }
  return count;
}

async function rest(runners: readonly Runner[]): Promise<number> {
  const count = await round(runners, LONG_MS, () => [{ act: "alarms" }]);
  for (const runner of runners) {
    if (runner.failure) continue;
    const left = await leftovers(runner.world);
    if (left.length > 0)
      runner.failure = new Fault(`left behind: ${left.join("; ")}`, runner.world.history);
  }
  return count;
}

function isFor(command: Command, users: number): boolean {
  return (
    !("at" in command) ||
    (command.at[0] < users && !(command.act === "start" && command.to >= users))
  );
}

const places = (users: number): Place[] =>
  [...Array(users).keys()].flatMap((user) =>
    [...Array(SLOTS).keys()].map((slot): Place => [user, slot]),
  );

const pairs = (users: number): [number, number][] =>
  [...Array(users).keys()].flatMap((one) =>
    [...Array(one).keys()].map((two): [number, number] => [one, two]),
  );

/** Runs a recipe in a fresh world and says what goes wrong, if anything does. */
export async function follow({ namings, steps }: Recipe): Promise<Error | undefined> {
  const runner = await createRunner(namings);
  for (const { passMs, commands } of steps) await round([runner], passMs, () => commands);
  if (!runner.failure) await closeDown([runner]);
  return runner.failure;
}
