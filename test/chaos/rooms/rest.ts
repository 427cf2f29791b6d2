/** Brings chaotic rooms to rest, compares them with their members' views, and looks for what is left. */
import { runInDurableObject } from "cloudflare:test";
import type { Knock, RoomState } from "../../../src/core/room-state.ts";
import { alarmOf, runAlarm, stored } from "../../support/objects.ts";
import { roomObject, runRoomAlarm } from "../../support/rooms.ts";
import { passTime } from "../../support/workerd.ts";
import type { Fault } from "../ground/fault.ts";
import type { Line } from "../ground/journal.ts";
import { closings } from "../ground/mishaps.ts";
import type { View } from "./view.ts";
import type { World } from "./world.ts";

/** Together longer than a request to join waits, each shorter than a client may be silent. */
const ROUNDS = 6;
const ROUND_MS = 20_000;
/** Longer than anything is kept for anybody. */
const LONG_ROUNDS = 4;
const LONG_MS = 400_000;
/** How many attempts at being quiet there are, each a few milliseconds long. */
const PATIENCE = 100;
/**
 * Requests that an event of the room answers. One to join is answered when somebody decides, and not when
 * it was asked again; an answer that comes after its asker has left belongs to a former stay.
 */
const LATE = new Set(["room.join", "room.accept"]);
/** Rows of rooms that were left, and of signals that came before: so many, and no more. */
const BOUNDED = new Set(["rooms:past", "rooms:seen"]);

/** Ends the faults, brings most back, and lets time pass until nothing is under way any more. */
export async function comeToRest(world: World): Promise<void> {
  const { members, ways, random, journal } = world;
  ways.mend();
  // A close may have been lost with an eviction, as on the platform it is not: all come back once.
  for (const member of members) await member.connect();
  // What could not be delivered is tried again.
  passTime(ROUND_MS);
  await ringAll(world);
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
export async function judgeRooms({ rooms, members, journal }: World): Promise<Fault[]> {
  const here = members.filter(({ isHere }) => isHere);
  const wrong: Fault[] = [];
  const say = (what: string) => wrong.push({ what });
  for (const room of rooms) {
    const { state, knocks } = await stateOf(room);
    const inside = new Set(state?.members.map(({ id }) => id));
    const known = new Set<string>();
    for (const { name, view } of here) {
      const part = view.parts.get(room);
      if (!part || part.state === "leaving") continue;
      known.add(part.own);
      const line = journal.lines.findLast((each) => each.device === name && isAbout(each, room));
      const believes = (what: string) => wrong.push({ what: `${name} ${what} ${room}`, line });
      if (!part.sure || part.state === "asking") believes("does not know whether it is in");
      else if (!inside.has(part.own)) believes("believes to be in");
      else {
        const ids = [part.own, ...part.peers].toSorted().join(" ");
        if (ids !== [...inside].toSorted().join(" ")) believes("sees others in");
        if (part.owner !== state?.owner) believes("sees another owner of");
      }
    }
    const ghosts = [...inside].filter((id) => !known.has(id));
    for (const id of ghosts) say(`${id} is in ${room}, and nobody is that`);
    if (knocks.length > 0) say(`${room} has requests that nobody will answer`);
  }
  for (const { name, device, view } of here) {
    const [first] = unanswered(view);
    if (!device.resumes || !first) continue;
    const line = journal.lines.findLast(({ frame }) => frame === first);
    wrong.push({ what: `${name} has no answer to ${first.type} ${first.ref}`, line });
  }
  return wrong;
}

/** Requests that should have had their answer. */
const unanswered = ({ open }: View) => open.filter(({ type }) => !LATE.has(type));

/** Whether a line may say what somebody thinks of a room; signals do not. */
function isAbout({ type, frame }: Line, room: string): boolean {
  return type !== "room.signal" && frame.payload?.["room"] === room;
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
    const waits = here.some(({ device, view }) => device.resumes && unanswered(view).length > 0);
    if (!waits && !owing.includes(true)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
