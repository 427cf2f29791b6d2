/** Relayed messages: as many as will go through, and how long one takes when there are few. */
import { setTimeout as delay } from "node:timers/promises";
import { markOf, type Kind, type Lane } from "./contender.ts";

/** A relay in which nothing arrives for this long has lost something. */
const STALL_MS = 10_000;
/** One message in so many is an offer. */
const OFFER_EVERY = 16;

const kindOf = (mark: number): Kind => (mark % OFFER_EVERY === 0 ? "offer" : "candidate");

/**
 * Sends `count` messages down every lane, never more than `window` that have not arrived. All must
 * arrive, each lane's in order.
 *
 * @returns seconds from the first sending to the last arrival
 */
export async function saturate(
  lanes: readonly Lane[],
  count: number,
  window: number,
): Promise<number> {
  const began = performance.now();
  await unlessStalled((arrive) =>
    Promise.all(lanes.map((lane) => fill(lane, count, window, arrive))),
  );
  return (performance.now() - began) / 1_000;
}

function fill(
  { from, to, spell }: Lane,
  count: number,
  window: number,
  arrive: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let arrived = 0;
    const send = () => {
      if (sent === count) return;
      from.send(spell(kindOf(sent), sent));
      sent += 1;
    };
    to.listen((frame) => {
      const mark = markOf(frame);
      if (mark !== arrived) reject(new Error(`message ${mark} came when ${arrived} was next`));
      arrived += 1;
      arrive();
      send();
      if (arrived < count) return;
      to.listen();
      resolve();
    });
    for (let index = 0; index < window; index += 1) send();
  });
}

/**
 * Sends single candidates at a steady pace, one lane after the other.
 *
 * @param perSecond messages per second over all lanes together
 * @returns milliseconds from sending to arrival, one per message
 */
export async function pace(
  lanes: readonly Lane[],
  count: number,
  perSecond: number,
): Promise<readonly number[]> {
  const sentAt: number[] = [];
  const times: number[] = [];
  await unlessStalled(async (arrive) => {
    const all = Promise.withResolvers<void>();
    for (const { to } of lanes) {
      to.listen((frame) => {
        times.push(performance.now() - (sentAt[markOf(frame)] ?? Number.NaN));
        arrive();
        if (times.length === count) all.resolve();
      });
    }
    const began = performance.now();
    for (let mark = 0; mark < count; mark += 1) {
      const wait = began + (mark * 1_000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      const lane = lanes[mark % lanes.length];
      sentAt.push(performance.now());
      lane?.from.send(lane.spell("candidate", mark));
    }
    await all.promise;
  });
  for (const { to } of lanes) to.listen();
  return times;
}

/** Does work that reports arrivals, and gives up when none has come for long. */
async function unlessStalled(work: (arrive: () => void) => Promise<unknown>): Promise<void> {
  const stalled = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    stalled.reject(new Error("messages were lost: some never arrived"));
  }, STALL_MS);
  try {
    await Promise.race([work(() => timer.refresh()), stalled.promise]);
  } finally {
    clearTimeout(timer);
  }
}
