/** What must be so when everybody has left and time has passed: nothing is left of any call. */
import { runInDurableObject } from "cloudflare:test";
import { objectOf } from "../support/objects.ts";
import { redis } from "../support/redis-control.ts";
import type { World } from "./world.ts";

/** Rows that outlive calls: memories with an end of their own. */
const MEMORIES = [/^over$/, /^starts$/, /^lost:/, /^farewell$/, /^delivered:/];

/** What the objects and the store of a world still hold of calls. */
export async function leftovers(world: World): Promise<string[]> {
  const inObjects = await Promise.all(
    world.people.map(({ id }) =>
      runInDurableObject(objectOf(id), async (_, state) => {
        const rows = [...state.storage.kv.list()].filter(
          ([key]) => !MEMORIES.some((row) => row.test(key)),
        );
        const alarm = await state.storage.getAlarm();
        const left = rows.map(([key, value]) => `${id}: ${key} = ${JSON.stringify(value)}`);
        return alarm === null ? left : [...left, `${id}: an alarm at ${alarm}`];
      }),
    ),
  );
  const keys = (await redis("KEYS", "call:*")) as string[];
  const sessions = world.names.ids();
  const inRedis = keys.filter(
    (key) =>
      world.people.some(({ id }) => key === `call:user:${id}`) ||
      sessions.some((id) => key.endsWith(id)),
  );
  return [...inObjects.flat(), ...inRedis];
}
