/** Users' objects as tests see them from below: their alarms, their storage, their end. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Channel } from "../../src/durable/channel.ts";
import type { User } from "../../src/durable/user.ts";

/** As it was before any test replaced it (ways.ts). */
const stubOf = env.USER.getByName.bind(env.USER);

/** Stub of a user's object. */
export function objectOf(user: string): DurableObjectStub<User> {
  return stubOf(user);
}

/** Runs the alarm of a user's object, due or not, if it has one. */
export function runAlarm(user: string): Promise<boolean> {
  return runDurableObjectAlarm(objectOf(user));
}

/** When the alarm of a user's object is due; null without one. */
export function alarmOf(user: string): Promise<number | null> {
  return runInDurableObject(objectOf(user), (_, state) => state.storage.getAlarm());
}

/** Looks into the storage of a user's object. */
export function stored<T>(user: string, look: (kv: SyncKvStorage) => T): Promise<T> {
  return runInDurableObject(objectOf(user), (_, state) => look(state.storage.kv));
}

/** Cuts all sockets of a user without a close frame, as a deployment does, and starts the object again. */
export async function vanish(user: string): Promise<void> {
  await evictDurableObject(objectOf(user), { webSockets: "close" });
  await alarmOf(user);
}

/** Resets an object in the middle of what it does. Its storage stays. */
export async function reset(
  stub: DurableObjectStub<Channel> | DurableObjectStub<User>,
): Promise<void> {
  const abort = (_: unknown, state: DurableObjectState) => state.abort("reset by a test");
  await runInDurableObject(stub as DurableObjectStub<Channel>, abort).catch(() => {});
}

/** Waits until a user's object owes nobody anything: peers are told, the store is told. */
export async function paid(user: string): Promise<void> {
  const owes = () => stored(user, (kv) => [...kv.list({ prefix: "closing:" })].length);
  while ((await owes()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
