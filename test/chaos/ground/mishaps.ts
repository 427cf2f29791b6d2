/** What may befall objects, whatever they are. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";

import { objectOf, stored } from "../../support/objects.ts";

/** Stub of an object of some class. */
export type Stub = DurableObjectStub;

/** How a client's socket closes: mostly without a goodbye, the last one without any code. */
export const closings = [[4999], [4999], [1000], [1001], []] as const;

/** How often an object is looked at before it is left alone. */
const PATIENCE = 20;

/** Makes sure that an object runs: only such a one can be evicted. */
export function awake(stub: Stub): Promise<unknown> {
  return runInDurableObject(stub, () => undefined);
}

/** Evicts an object and keeps its sockets. One that does not come to an end of its work stays. */
export async function hibernate(stub: Stub): Promise<void> {
  await awake(stub);
  await evictDurableObject(stub).catch((error: unknown) => {
    if (!String(error).includes("active references")) throw error;
  });
}

/**
 * Evicts a user's object and keeps its sockets, once it has noticed those that are gone: a close on its way
 * in would be lost here, as it is not on the platform.
 *
 * @param here how many sockets its user has
 */
export async function hibernateUser(user: string, here: number): Promise<void> {
  const sockets = () => stored(user, (kv) => [...kv.list({ prefix: "socket:" })].length);
  for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
    if ((await sockets()) <= here) return hibernate(userStub(user));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return undefined;
}

/** Stub of a user's object; its own type is too deep for the compiler. */
export const userStub = (user: string) => objectOf(user) as unknown as Stub;

/** Resets an object in the middle of whatever it does. */
export async function reset(stub: Stub): Promise<void> {
  await awake(stub);
  const abort = runInDurableObject(stub, (_, state) => {
    state.abort("reset by a test");
  });
  await abort.catch(() => undefined);
}
