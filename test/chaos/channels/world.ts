/** The users of chaotic channels and what may befall them. */
import { abortAllDurableObjects } from "cloudflare:test";
import { channelObject, inChannel, runChannelAlarm } from "../../support/channels.ts";
import { someone } from "../../support/client.ts";
import { runAlarm, vanish } from "../../support/objects.ts";
import { passTime } from "../../support/workerd.ts";
import { Journal } from "../ground/journal.ts";
import {
  awake,
  closings,
  hibernate,
  hibernateUser,
  reset,
  userStub,
  type Stub,
} from "../ground/mishaps.ts";
import type { Random } from "../ground/random.ts";
import { HTTP, type Trouble, type Ways } from "../ground/ways.ts";
import { Backend } from "./backend.ts";
import { Listener } from "./listener.ts";
import type { Truth } from "./truth.ts";

const USERS = 7;
const CHANNELS = 2;

/** Users, their devices, the channels, and everything that was said. */
export interface World {
  readonly random: Random;
  readonly journal: Journal;
  readonly ways: Ways;
  readonly truth: Truth;
  readonly users: readonly string[];
  readonly devices: readonly Listener[];
  readonly channels: readonly string[];
  readonly backend: Backend;
}

/** Half of the users resume, half do not; some have two devices, one of them one of each kind. */
export function createWorld(random: Random, ways: Ways, truth: Truth): World {
  const journal = new Journal();
  const scope = someone("chaos");
  const users = Array.from({ length: USERS }, (_, index) => `${scope}-${index}`);
  const channels = Array.from({ length: CHANNELS }, (_, index) => `${scope}:${index}`);
  const devices = users.flatMap((user, index) => {
    const first = new Listener(journal, user, "a", index % 2 === 0);
    return index < 3 ? [first, new Listener(journal, user, "b", index > 0)] : [first];
  });
  return { random, journal, ways, truth, users, devices, channels, backend: new Backend(journal) };
}

/** What may happen, and how often compared with the rest. */
const faults = {
  cut: 35,
  trouble: 30,
  hibernateUser: 12,
  hibernateChannel: 8,
  vanish: 6,
  resetUser: 6,
  resetChannel: 8,
  resetAll: 1,
  alarms: 15,
} as const;

type Fault = keyof typeof faults;

const happen: Record<Fault, (world: World) => Promise<unknown> | void> = {
  cut: async ({ random, devices, channels }) => {
    const device = random.of(devices);
    // In the middle of a burst, so that answers and events are lost with the socket.
    for (let count = random.below(4); count > 0; count -= 1) device.broadcast(random.of(channels));
    await new Promise((resolve) => setTimeout(resolve, random.below(3)));
    device.lose(random.of(closings)[0]);
  },
  trouble: ({ random, ways, users, channels }) => {
    const sender = random.weighted({ user: 40, channel: 45, http: 15 });
    const names = { user: users, channel: channels.map((name) => `channel:${name}`), http: [HTTP] };
    const trouble = random.of<Trouble>(["unheard", "unanswered", "slow"]);
    ways.trouble(random.of(names[sender]), trouble, 1 + random.below(7));
  },
  hibernateUser: async (world) => {
    const { random, users, devices } = world;
    const user = random.of(users);
    const own = devices.filter((one) => one.user === user && one.isHere);
    if (await isIdle(world)) await hibernateUser(user, own.length);
  },
  hibernateChannel: async (world) => {
    if (await isIdle(world)) await hibernate(channelStub(world.random.of(world.channels)));
  },
  vanish: async (world) => {
    if (await isIdle(world)) await restart(world, world.random.of(world.users), vanish);
  },
  resetUser: (world) =>
    restart(world, world.random.of(world.users), (user) => reset(userStub(user))),
  resetChannel: ({ random, channels }) => reset(channelStub(random.of(channels))),
  resetAll: async ({ devices }) => {
    for (const device of devices) device.dropped("reset");
    await abortAllDurableObjects();
  },
  alarms: async ({ random, users, channels }) => {
    passTime(random.of([0, 1_000, 2_000, 5_001, 16_000, 46_000]));
    await Promise.all([
      ...users.filter(() => random.chance(0.5)).map(runAlarm),
      ...channels.filter(() => random.chance(0.5)).map(runChannelAlarm),
    ]);
  },
};

/** Lets something happen to the world. */
export async function strike(world: World): Promise<void> {
  const fault = world.random.weighted<Fault>(faults);
  world.journal.note(fault);
  await happen[fault](world);
}

/** Whether no channel has yet to answer: until then neither it nor who has asked it falls asleep. */
async function isIdle({ channels, devices }: World): Promise<boolean> {
  if (devices.some(({ isHere, device }) => isHere && device.waits)) return false;
  const unanswered = await Promise.all(
    channels.map((channel) =>
      inChannel(channel, ({ sql }) => sql.exec("SELECT 1 FROM unanswered").toArray().length),
    ),
  );
  return unanswered.every((count) => count === 0);
}

async function restart(
  { devices }: World,
  user: string,
  how: (user: string) => Promise<unknown>,
): Promise<void> {
  await awake(userStub(user));
  for (const device of devices) if (device.user === user) device.dropped("restarted");
  await how(user);
}

// The stub's own type is too deep for the compiler.
const channelStub = (channel: string) => channelObject(channel) as unknown as Stub;
