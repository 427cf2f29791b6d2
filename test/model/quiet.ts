/** Knows when the objects have nothing more to do, without asking each of them. */
import { runInDurableObject } from "cloudflare:test";
import { objectOf } from "../support/objects.ts";

let watched = false;
let underWay = 0;

/**
 * Counts the events that objects handle, and the work they leave behind them (`ctx.waitUntil`). Tests
 * run in the objects' isolate, so one look at one object reaches the classes of all.
 */
export async function watchObjects(user: string): Promise<void> {
  if (watched) return;
  watched = true;
  await runInDurableObject(objectOf(user), (object, state) => {
    const events = Object.getPrototypeOf(object) as Pick<typeof object, "webSocketMessage">;
    const handle = events.webSocketMessage;
    events.webSocketMessage = function (this: typeof object, socket, frame) {
      return count(handle.call(this, socket, frame));
    };
    const shared = Object.getPrototypeOf(state) as DurableObjectState;
    // The platform remembers pings by the real clock; our clients ping as often as they should.
    shared.getWebSocketAutoResponseTimestamp = () => new Date();
    const waitUntil = shared.waitUntil;
    shared.waitUntil = function (this: DurableObjectState, work: Promise<unknown>) {
      waitUntil.call(this, count(work));
    };
  });
}

function count<T>(work: Promise<T>): Promise<T> {
  underWay += 1;
  const done = () => {
    underWay -= 1;
  };
  work.then(done, done);
  return work;
}

/** Waits until nothing is under way. */
export async function quiet(): Promise<void> {
  const idle = () => underWay === 0;
  while (!idle()) await new Promise((resolve) => setTimeout(resolve, 0));
}
