/** Brings chaotic rooms to rest, compares them with their members' views, and looks for what is left. */
import { runInDurableObject } from "cloudflare:test";
import type { Knock, RoomState } from "../../../src/core/room-state.ts";
import { alarmOf, runAlarm, stored } from "../../support/objects.ts";
import { roomObject, runRoomAlarm } from "../../support/rooms.ts";
import { passTime } from "../../support/workerd.ts";
import type { Fault } from "../ground/fault.ts";
import { closings } from "../ground/mishaps.ts";
import type { World } from "./world.ts";

/** Together longer than a request to join waits, each shorter than a client may be silent. */
const ROUNDS = 6;
const ROUND_MS = 20_000;
/** Longer than anything is kept for anybody. */
const LONG_ROUNDS = 4;
const LONG_MS = 400_000;
/** How many attempts at being quiet there are. */
const PATIENCE = 20;
/** Rows of rooms that were left, and of signals that came before: so many, and no more. */
const BOUNDED = new Set(["rooms:past", "rooms:seen"]);

/** Ends the faults, brings most back, and lets time pass until nothing is under way any more. */
export async function comeToRest(world: World): Promise<void> {
  const { members, ways, random, journal } = world;
  ways.mend();
  // A close may have been lost with an eviction, as on the platform it is not: all come back once.
  for (const member of members) await member.connect();
  await quiet(world);
  // Some stay away, and must not be kept.
  const returning = members.filter(() => random.chance(0.8));
  const leaving = members.filter((member) => !returning.includes(member));
  for (const { device } of leaving) device.lose(random.of(closings)[0]);
  for (let round = 0; round < ROUNDS; round += 1) {
    journal.note(`rest, round ${round}`);
    for (const member of returning) {
      if (member.isHere) member.askAgain();
      else await member.connect();
    }
    passTime(ROUND_MS);
    await ringAll(world);
    await quiet(world);
  }
}

/** Compares the rooms with the views of their members. */
export async function judgeRooms({ rooms, members }: World): Promise<Fault[]> {
  const here = members.filter(({ isHere }) => isHere);
  const wrong: string[] = [];
  for (const room of rooms) {
    const { state, knocks } = await stateOf(room);
    const inside = new Set(state?.members.map(({ id }) => id));
    const known = new Set<string>();
    for (const { name, view } of here) {
      const part = view.parts.get(room);
      if (!part || part.state === "leaving") continue;
      known.add(part.own);
      if (!part.sure || part.state === "asking") wrong.push(`${name} does not know where it is`);
      else if (!inside.has(part.own)) wrong.push(`${name} believes to be in ${room}`);
      else {
        const ids = [part.own, ...part.peers].toSorted().join(" ");
        if (ids !== [...inside].toSorted().join(" ")) wrong.push(`${name} sees others in ${room}`);
        if (part.owner !== state?.owner) wrong.push(`${name} sees another owner of ${room}`);
      }
    }
    const ghosts = [...inside].filter((id) => !known.has(id));
    wrong.push(...ghosts.map((id) => `${id} is in ${room}, and nobody is that`));
    if (knocks.length > 0) wrong.push(`${room} has requests that nobody will answer`);
  }
  for (const { name, device, view } of here) {
    // A request to join has its answer only when somebody decides, and none when it is asked again.
    const open = view.open.filter(({ type }) => type !== "room.join");
    if (device.resumes && open.length > 0) wrong.push(`${name} has no answer to ${open[0]?.ref}`);
  }
  return wrong.map((what) => ({ what }));
}

/** Everybody goes, in one way or another, and time passes until nobody is expected back. */
export async function disperse(world: World): Promise<void> {
  const { members, rooms, random } = world;
  for (const member of members) {
    for (const room of rooms) if (random.chance(0.3)) member.ask("room.leave", { room });
  }
  await quiet(world);
  for (const { device } of members) device.lose(random.of(closings)[0]);
  for (let round = 0; round < LONG_ROUNDS; round += 1) {
    await ringAll(world);
    await quiet(world);
    passTime(LONG_MS);
  }
  await ringAll(world);
}

/** What objects still have that nobody needs. */
export async function leftBehind({ users, rooms }: World): Promise<string[]> {
  const ofUsers = users.map(async (user) => {
    const rows = await stored(user, (kv) => [...kv.list()].map(([key]) => key));
    const left = rows.filter(
      (key) => /^(rooms|socket|box|mail|request|alarm):/.test(key) && !BOUNDED.has(key),
    );
    const alarm = await alarmOf(user);
    return [...left, ...(alarm === null ? [] : ["an alarm"])].map((what) => `${user}: ${what}`);
  });
  const ofRooms = rooms.map((room) =>
    runInDurableObject(roomObject(room), async (_, { storage }) => {
      const rows = [...storage.kv.list()].map(([key]) => `${room}: ${key}`);
      return (await storage.getAlarm()) === null ? rows : [...rows, `${room}: an alarm`];
    }),
  );
  return (await Promise.all([...ofUsers, ...ofRooms])).flat();
}

function stateOf(room: string) {
  return runInDurableObject(roomObject(room), (_, { storage: { kv } }) => ({
    state: kv.get<RoomState>("state"),
    knocks: [...kv.list<Knock>({ prefix: "knock:" })],
  }));
}

async function ringAll({ users, rooms }: World): Promise<void> {
  await Promise.all([...users.map(runAlarm), ...rooms.map(runRoomAlarm)]);
}

/** Waits until nobody owes anybody anything. */
async function quiet({ members, rooms }: World): Promise<void> {
  for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
    const here = members.filter(({ isHere }) => isHere);
    await Promise.all(here.map(({ device }) => device.settled()));
    const owing = await Promise.all(
      rooms.map((room) =>
        runInDurableObject(
          roomObject(room),
          (_, { storage }) => [...storage.kv.list({ prefix: "out:", limit: 1 })].length > 0,
        ),
      ),
    );
    if (!owing.includes(true)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
