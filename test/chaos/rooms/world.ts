/** The users of chaotic rooms and what may befall them. */
import { abortAllDurableObjects } from "cloudflare:test";
import { someone } from "../../support/client.ts";
import { runAlarm, vanish } from "../../support/objects.ts";
import { roomObject, runRoomAlarm } from "../../support/rooms.ts";
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
import type { Trouble, Ways } from "../ground/ways.ts";
import { Member } from "./member.ts";

const USERS = 8;
const ROOMS = 2;

/** Users, their devices, the rooms, and everything that was said. */
export interface World {
  readonly random: Random;
  readonly journal: Journal;
  readonly ways: Ways;
  readonly users: readonly string[];
  readonly members: readonly Member[];
  readonly rooms: readonly string[];
}

/** Half of the users resume, half do not; some have two devices, one of them one of each kind. */
export function createWorld(random: Random, ways: Ways): World {
  const journal = new Journal();
  const scope = someone("chaos");
  const users = Array.from({ length: USERS }, (_, index) => `${scope}-${index}`);
  const rooms = Array.from({ length: ROOMS }, (_, index) => `${scope}:${index}`);
  const members = users.flatMap((user, index) => {
    const first = new Member(journal, user, "a", index % 2 === 0);
    return index < 2 ? [first, new Member(journal, user, "b", true)] : [first];
  });
  return { random, journal, ways, users, members, rooms };
}

/** What may happen, and how often compared with the rest. */
const faults = {
  cut: 35,
  trouble: 30,
  hibernateUser: 12,
  hibernateRoom: 8,
  vanish: 6,
  resetUser: 6,
  resetRoom: 8,
  resetAll: 1,
  alarms: 12,
} as const;

type Fault = keyof typeof faults;

const happen: Record<Fault, (world: World) => Promise<unknown> | void> = {
  cut: async ({ random, members }) => {
    const member = random.of(members);
    // In the middle of a burst, so that answers and events are lost with the socket.
    for (const [room, { state, peers }] of member.view.parts) {
      const [to] = peers;
      if (state !== "member" || to === undefined) continue;
      for (let count = random.below(4); count > 0; count -= 1) member.signal(room, to);
    }
    await new Promise((resolve) => setTimeout(resolve, random.below(3)));
    member.device.lose(random.of(closings)[0]);
  },
  trouble: ({ random, ways, users, rooms }) => {
    const sender = random.chance(0.5)
      ? `user:${random.of(users)}`
      : `room:${JSON.stringify(["default", random.of(rooms)])}`;
    const trouble = random.of<Trouble>(["unheard", "unanswered", "slow"]);
    ways.trouble(sender, trouble, 1 + random.below(7));
  },
  hibernateUser: async ({ random, users, members, ways }) => {
    const user = random.of(users);
    const here = members.filter((one) => one.user === user && one.isHere);
    if (!ways.isBusy) await hibernateUser(user, here.length);
  },
  hibernateRoom: async ({ random, rooms, ways }) => {
    const room = random.of(rooms);
    if (!ways.isBusy) await hibernate(roomStub(room));
  },
  vanish: (world) => restart(world, world.random.of(world.users), vanish),
  resetUser: (world) =>
    restart(world, world.random.of(world.users), (user) => reset(userStub(user))),
  resetRoom: ({ random, rooms }) => reset(roomStub(random.of(rooms))),
  resetAll: async ({ members }) => {
    for (const { device } of members) device.dropped("reset");
    await abortAllDurableObjects();
  },
  alarms: async ({ random, users, rooms }) => {
    passTime(random.of([0, 1_000, 2_000, 5_001, 16_000, 31_000]));
    await Promise.all([
      ...users.filter(() => random.chance(0.5)).map(runAlarm),
      ...rooms.filter(() => random.chance(0.5)).map(runRoomAlarm),
    ]);
  },
};

/** Lets something happen to the world. */
export async function strike(world: World): Promise<void> {
  const fault = world.random.weighted<Fault>(faults);
  world.journal.note(fault);
  await happen[fault](world);
}

async function restart(
  { members }: World,
  user: string,
  how: (user: string) => Promise<unknown>,
): Promise<void> {
  await awake(userStub(user));
  for (const { device } of members) if (device.user === user) device.dropped("restarted");
  await how(user);
}

// The stub's own type is too deep for the compiler.
const roomStub = (room: string) => roomObject(room) as unknown as Stub;
