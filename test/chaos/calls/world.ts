/** The users of a chaotic world and what may befall it. */
import { abortAllDurableObjects } from "cloudflare:test";
import { someone } from "../../support/client.ts";
import { runAlarm, vanish } from "../../support/objects.ts";
import { breakRedis } from "../../support/redis-control.ts";
import { passTime } from "../../support/workerd.ts";
import { Device } from "./device.ts";
import { Journal } from "./journal.ts";
import { awake, closings, hibernateUser, reset, userStub } from "../ground/mishaps.ts";
import type { Random } from "../ground/random.ts";

const USERS = 20;

/** Users by name, their devices, and everything they said. */
export interface World {
  readonly random: Random;
  readonly journal: Journal;
  /** In all their names, so that Redis's faults find them and nobody else. */
  readonly scope: string;
  readonly users: readonly string[];
  readonly devices: readonly Device[];
}

/** Half of the users resume, half do not; every fifth has two devices, some of them one of each kind. */
export function createWorld(random: Random): World {
  const journal = new Journal();
  const scope = someone("chaos");
  const users = Array.from({ length: USERS }, (_, index) => `${scope}-${index}`);
  const devices = users.flatMap((user, index) => {
    const resumes = index % 2 === 0;
    const first = new Device(journal, user, "a", resumes);
    return index % 5 === 0 ? [first, new Device(journal, user, "b", index % 3 === 0)] : [first];
  });
  return { random, journal, scope, users, devices };
}

const of = ({ devices }: World, user: string) => devices.filter((device) => device.user === user);

/** What may happen, and how often compared with the rest. */
const faults = {
  redis: 30,
  cut: 30,
  hibernate: 15,
  vanish: 5,
  reset: 4,
  resetAll: 1,
  alarms: 15,
} as const;

type Fault = keyof typeof faults;

const happen: Record<Fault, (world: World) => Promise<unknown>> = {
  redis: ({ random, scope, users }) => {
    const fault = random.of(["refuse", "lose-answer", "duplicate", "delay"] as const);
    const whom = random.chance(0.5) ? scope : random.of(users);
    return breakRedis(fault, whom, 1 + random.below(16), 1 + random.below(300));
  },
  cut: async ({ random, devices }) => {
    const engaged = devices.filter(({ calls }) => calls.size > 0);
    const device = random.of(engaged.length > 0 && random.chance(0.8) ? engaged : devices);
    // In the middle of a burst, so that answers and events are lost with the socket.
    const [session] = [...device.calls.keys()];
    if (session !== undefined)
      for (let count = random.below(4); count > 0; count -= 1) device.sendCandidate(session);
    await new Promise((resolve) => setTimeout(resolve, random.below(3)));
    device.lose(random.of(closings)[0]);
  },
  hibernate: (world) => {
    const user = world.random.of(world.users);
    return hibernateUser(user, of(world, user).filter(({ isHere }) => isHere).length);
  },
  vanish: (world) => restart(world, world.random.of(world.users), vanish),
  reset: (world) => restart(world, world.random.of(world.users), (user) => reset(userStub(user))),
  resetAll: async ({ devices }) => {
    for (const device of devices) device.dropped("reset");
    await abortAllDurableObjects();
  },
  alarms: async ({ random, users }) => {
    passTime(random.of([1_000, 2_000, 5_000, 16_000, 31_000, 46_000]));
    await Promise.all(users.filter(() => random.chance(0.5)).map(runAlarm));
  },
};

/** Lets something happen to the world. */
export async function strike(world: World): Promise<void> {
  const fault = world.random.weighted<Fault>(faults);
  world.journal.add({ device: "", user: "", way: "note", type: fault });
  await happen[fault](world);
}

async function restart(
  world: World,
  user: string,
  how: (user: string) => Promise<unknown>,
): Promise<void> {
  await awake(userStub(user));
  for (const device of of(world, user)) device.dropped("restarted");
  await how(user);
}
