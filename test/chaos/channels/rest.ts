/** Brings chaotic channels to rest, and looks for what they have left behind. */
import { runInDurableObject } from "cloudflare:test";
import { channelObject, inChannel, runChannelAlarm } from "../../support/channels.ts";
import { alarmOf, runAlarm, stored } from "../../support/objects.ts";
import { passTime } from "../../support/workerd.ts";
import { closings } from "../ground/mishaps.ts";
import { comeBack } from "./actions.ts";
import type { World } from "./world.ts";

/** Together longer than a minute, after which an object has looked for sockets that vanished. */
const ROUNDS = 6;
const ROUND_MS = 20_000;
/** Longer than anything is kept for anybody. */
const LONG_ROUNDS = 4;
const LONG_MS = 400_000;
/** How many attempts at being quiet there are. */
const PATIENCE = 20;

/** Ends the faults, brings most back, and lets time pass until nothing is under way any more. */
export async function comeToRest(world: World): Promise<void> {
  const { devices, ways, random, journal, backend } = world;
  ways.mend();
  await backend.settled();
  // A close may have been lost with an eviction, as on the platform it is not: all come back once.
  for (const device of devices) if (!device.isHere) await comeBack(world, device);
  // What could not be delivered is tried again.
  passTime(ROUND_MS);
  await ringAll(world);
  await quiet(world);
  // Some stay away, and must not be shown.
  const returning = devices.filter(() => random.chance(0.8));
  const leaving = devices.filter((device) => !returning.includes(device));
  for (const device of leaving) device.lose(random.of(closings)[0]);
  for (let round = 0; round < ROUNDS; round += 1) {
    journal.note(`rest, round ${round}`);
    for (const device of returning) if (!device.isHere) await comeBack(world, device);
    passTime(ROUND_MS);
    await ringAll(world);
    await quiet(world);
  }
}

/** Everybody goes, in one way or another, and time passes until nobody is expected back. */
export async function disperse(world: World): Promise<void> {
  const { devices, channels, random } = world;
  for (const device of devices) {
    for (const channel of channels) {
      if (random.chance(0.3)) void device.device.ask("unsubscribe", { channel });
      if (random.chance(0.3)) device.present("presence_leave", channel);
    }
  }
  await quiet(world);
  for (const device of devices) device.lose(random.of(closings)[0]);
  for (let round = 0; round < LONG_ROUNDS; round += 1) {
    await ringAll(world);
    await quiet(world);
    passTime(LONG_MS);
  }
  await ringAll(world);
}

/** What objects still have that nobody needs. */
export async function leftBehind({ users, channels }: World): Promise<string[]> {
  const ofUsers = users.map(async (user) => {
    const rows = await stored(user, (kv) => [...kv.list()].map(([key]) => key));
    const left = rows.filter((key) =>
      /^(seat|heard|chat|socket|box|mail|request|alarm):/.test(key),
    );
    const alarm = await alarmOf(user);
    return [...left, ...(alarm === null ? [] : ["an alarm"])].map((what) => `${user}: ${what}`);
  });
  const ofChannels = channels.map(async (channel) => {
    const tables = await inChannel(channel, ({ sql }) =>
      (["seats", "stays", "results"] as const).flatMap((table) =>
        sql
          .exec(`SELECT * FROM ${table}`)
          .toArray()
          .map((row) => `${table} ${JSON.stringify(row)}`),
      ),
    );
    const alarm = await runInDurableObject(channelObject(channel), (_, { storage }) =>
      storage.getAlarm(),
    );
    return [...tables, ...(alarm === null ? [] : ["an alarm"])].map(
      (what) => `${channel}: ${what}`,
    );
  });
  return (await Promise.all([...ofUsers, ...ofChannels])).flat();
}

async function ringAll({ users, channels }: World): Promise<void> {
  await Promise.all([...users.map(runAlarm), ...channels.map(runChannelAlarm)]);
}

/** Waits until nobody owes anybody anything. */
async function quiet({ devices, users, channels }: World): Promise<void> {
  for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
    await Promise.all(devices.filter(({ isHere }) => isHere).map(({ device }) => device.settled()));
    const owing = await Promise.all([
      ...users.map((user) => stored(user, (kv) => kv.get("alarm:places:owed") !== undefined)),
      ...channels.map((channel) => inChannel(channel, isBehind)),
    ]);
    if (!owing.includes(true)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether some subscriber has yet to get something. */
function isBehind({ sql, kv }: DurableObjectStorage): boolean {
  const [row] = sql.exec<{ last: number | null }>("SELECT max(number) AS last FROM log").toArray();
  return (row?.last ?? 0) > (kv.get<number>("done") ?? 0);
}
