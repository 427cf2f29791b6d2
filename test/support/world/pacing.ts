/** Hands a world's order of events to a scheduler, which may also lose messages and commands. */
import type { Scheduler } from "fast-check";
import fc from "fast-check";
import { StoreUnavailable } from "../../../src/core/ports.ts";
import { PeerUnreachable } from "../../../src/features/feature.ts";
import type { World } from "../world.ts";

/** Which of the next legs of messages, and of commands, are lost. */
export interface Losses {
  readonly network: readonly boolean[];
  readonly store: readonly boolean[];
}

/** Nothing is lost. */
export const NO_LOSSES: Losses = { network: [], store: [] };

const aFew = fc.array(
  fc.nat(3).map((n) => n === 0),
  { maxLength: 12 },
);

/** A few of the first messages and commands are lost. */
export const someLosses: fc.Arbitrary<Losses> = fc.record({ network: aFew, store: aFew });

/** Lets the scheduler decide when each leg of each journey, and of each command, arrives. */
export function pace(world: World, s: Scheduler, losses: Losses): void {
  const wait = (label: string) => s.schedule(Promise.resolve(), label);
  const network = [...losses.network];
  const store = [...losses.store];
  world.network.pace = async ({ kind, from, leg }) => {
    await wait(`${kind} of ${from}, ${leg}`);
    if (network.shift()) throw new PeerUnreachable("lost");
  };
  world.store.pace = async (command, leg) => {
    await wait(`${command}, ${leg}`);
    if (store.shift()) throw new StoreUnavailable("lost");
  };
}

/** Runs everything there is to run, in the scheduler's order, and then lets go of the world. */
export async function run(world: World, s: Scheduler): Promise<void> {
  do {
    await s.waitIdle();
    await world.quiet();
  } while (s.count() > 0);
  world.network.pace = () => {};
  world.store.pace = () => {};
}
