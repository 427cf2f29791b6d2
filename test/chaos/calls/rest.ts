/** Brings a chaotic world to rest and looks for what it has left behind. */
import { expect } from "vitest";
import { runAlarm, stored } from "../../support/objects.ts";
import { mendRedis, redis } from "../../support/redis-control.ts";
import { passTime } from "../../support/workerd.ts";
import type { Device } from "./device.ts";
import type { World } from "./world.ts";

/** Together longer than anything is kept, each shorter than a client may be silent. */
const ROUNDS = 10;
const ROUND_MS = 40_000;
/** A lock that nobody can explain is healed once it is this old. */
const UNEXPLAINED_MS = 10_000;
/** Older calls have been looked at before. */
const LATEST = 50;

/** Ends the faults, brings everybody back, has them hang up, and lets time pass until nothing is due any more. */
export async function comeToRest(world: World): Promise<void> {
  const { devices, users, scope, journal } = world;
  await Promise.all([scope, ...users].map(mendRedis));
  for (let round = 0; round < ROUNDS; round += 1) {
    journal.add({ device: "", user: "", way: "note", type: `rest, round ${round}` });
    for (const device of devices) if (!device.isHere) await device.connect();
    for (const device of devices) {
      for (const session_id of device.calls.keys()) void device.send("call.end", { session_id });
      device.calls.clear();
    }
    await Promise.all(devices.map((device) => device.settled()));
    passTime(ROUND_MS);
    await Promise.all(users.map(runAlarm));
  }
}

/** Rows of calls and of alarms, which are gone when nothing goes on. */
export const ofCalls = /^(call$|wait:|room$|closing:|farewell$|seen$|alarm:)/;
/** Rows that a reset or a crossing may leave behind, until the user's next start and ring. */
export const ofStarts = /^(start:|glare$)/;

/** What users' objects still have stored, of such rows. */
export async function leftInObjects({ users }: World, rows: RegExp): Promise<string[]> {
  const left = await Promise.all(
    users.map((user) =>
      stored(user, (kv) =>
        [...kv.list()]
          .filter(([key]) => rows.test(key))
          .map(([key, row]) => `${user} ${key} ${JSON.stringify(row)}`),
      ),
    ),
  );
  return left.flat();
}

/** Keys of users and of the latest calls that do not expire by themselves. */
export async function immortal({ users, journal }: World): Promise<string[]> {
  const keys = [
    ...users.map((user) => `call:user:${user}`),
    ...journal
      .sessions()
      .slice(-LATEST)
      .map((session) => `call:session:${session}`),
  ];
  const lives = await Promise.all(keys.map(async (key) => (await redis("PTTL", key)) === -1));
  return keys.filter((_, index) => lives[index]);
}

/**
 * Users that Redis still counts as busy, with calls that somebody was told of. Of a start that a reset
 * cut off, nobody was: its locks are made as old as they must be to stand in nobody's way. A record that
 * a command on a dying connection has put back is in nobody's way either, and expires by itself.
 */
export async function leftInRedis({ users, journal }: World): Promise<string[]> {
  const told = journal.sessions();
  const left: string[] = [];
  for (const user of users) {
    const key = `call:user:${user}`;
    const session = await redis("HGET", key, "session");
    if (typeof session !== "string") continue;
    if (told.includes(session)) left.push(`${key} ${session}`);
    await redis("HINCRBY", key, "since", String(-UNEXPLAINED_MS - 1));
  }
  return left;
}

/** Shows that everybody can call, and be called, at once. */
export async function expectEverybodyFree({ users, devices }: World): Promise<void> {
  // Whoever judged for long has let them fall silent, and a silent socket is not rung.
  for (const device of devices) {
    if (!device.isHere) await device.connect();
    await device.settled();
  }
  const firsts = users.map((user) => devices.find((device) => device.user === user));
  for (const [index, caller] of firsts.entries()) {
    const callee = firsts[(index + 1) % firsts.length];
    if (!caller || !callee) throw new Error("a user without a device");
    await callOnce(caller, callee);
  }
}

async function callOnce(caller: Device, callee: Device): Promise<void> {
  await caller.send("call.start", { callee_id: callee.user });
  const [session] = [...caller.calls.keys()];
  expect(session, `${caller.name} calls ${callee.name}`).toBeDefined();
  await callee.settled();
  expect([...callee.calls.keys()], `${callee.name} rings`).toEqual([session]);
  // A plain client gets no answer to an end, but the next answer comes after it.
  void caller.send("call.end", { session_id: session });
  caller.calls.clear();
  await caller.settled();
  await callee.settled();
  expect([...callee.calls.keys()], `${callee.name} hears of the end`).toEqual([]);
}
