/** What may befall objects, whatever they are. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";

/** Stub of an object of some class. */
export type Stub = DurableObjectStub;

/** How a client's socket closes: mostly without a goodbye, the last one without any code. */
export const closings = [[4999], [4999], [1000], [1001], []] as const;

/** Makes sure that an object runs: only such a one can be evicted. */
export function awake(stub: Stub): Promise<unknown> {
  return runInDurableObject(stub, () => undefined);
}

/** Evicts an object and keeps its sockets. */
export async function hibernate(stub: Stub): Promise<void> {
  await awake(stub);
  await evictDurableObject(stub);
}

/** Resets an object in the middle of whatever it does. */
export async function reset(stub: Stub): Promise<void> {
  await awake(stub);
  const abort = runInDurableObject(stub, (_, state) => {
    state.abort("reset by a test");
  });
  await abort.catch(() => undefined);
}
