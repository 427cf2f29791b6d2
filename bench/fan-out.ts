/** Broadcasts to many sockets: how late the last one is, and how many frames a second arrive. */
import { quantile, rounded } from "./figures.ts";
import { Client } from "./socket.ts";

/** The load: single events one after the other, then bursts back to back. */
export const load = {
  sizes: [10, 100, 1_000, 5_000],
  singles: 30,
  singlesSeconds: 15,
  burst: 50,
  bursts: 20,
  burstsSeconds: 15,
} as const;

const CONNECTED_AT_ONCE = 50;
const ARRIVAL_TIMEOUT_MS = 30_000;

/** One way to broadcast. */
export interface Broadcaster {
  readonly name: string;
  /** Address of the socket of a listener. */
  address(index: number, of: number): Promise<string> | string;
  /** What a listener sends before it listens, and whether the service answers it. */
  readonly subscribe?: string;
  /** Publishes so many events together. */
  publish(count: number): Promise<void>;
}

/** Figures of one way with so many listeners. Times in milliseconds. */
export interface FanOut {
  readonly listeners: number;
  readonly p50: number;
  readonly p99: number;
  /** Frames that arrived per second, over all listeners. */
  readonly perSecond: number;
  readonly lost: number;
}

/** Connects listeners, measures, and lets them go. */
export async function measureFanOut(way: Broadcaster, listeners: number): Promise<FanOut> {
  const clients = await connectAll(way, listeners);
  try {
    let arrived = 0;
    let wanted = 0;
    let done = () => {};
    for (const client of clients) {
      client.listen(() => {
        arrived += 1;
        if (arrived === wanted) done();
      });
    }
    const publishAndWait = async (count: number) => {
      const began = performance.now();
      wanted = arrived + count * listeners;
      const all = new Promise<void>((resolve) => (done = resolve));
      const timer = setTimeout(() => done(), ARRIVAL_TIMEOUT_MS);
      await way.publish(count);
      await all;
      clearTimeout(timer);
      return performance.now() - began;
    };
    await publishAndWait(1);
    const times = await repeat(load.singles, load.singlesSeconds, () => publishAndWait(1));
    const before = arrived;
    const bursts = await repeat(load.bursts, load.burstsSeconds, () => publishAndWait(load.burst));
    const seconds = bursts.reduce((sum, time) => sum + time, 0) / 1_000;
    return {
      listeners,
      p50: rounded(quantile(times, 0.5)),
      p99: rounded(quantile(times, 0.99)),
      perSecond: Math.round((arrived - before) / seconds),
      lost: wanted - arrived,
    };
  } finally {
    for (const client of clients) client.close();
  }
}

async function repeat(
  times: number,
  seconds: number,
  work: () => Promise<number>,
): Promise<number[]> {
  const end = performance.now() + seconds * 1_000;
  const results: number[] = [];
  while (results.length < times && (results.length < 3 || performance.now() < end)) {
    results.push(await work());
  }
  return results;
}

async function connectAll(way: Broadcaster, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let from = 0; from < count; from += CONNECTED_AT_ONCE) {
    const some = Array.from(
      { length: Math.min(CONNECTED_AT_ONCE, count - from) },
      async (_, index) => {
        const client = await Client.connect(await way.address(from + index, count));
        if (way.subscribe !== undefined) await answered(client, way.subscribe);
        return client;
      },
    );
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

function answered(client: Client, frame: string): Promise<void> {
  return new Promise((resolve) => {
    client.listen(() => {
      resolve();
    });
    client.send(frame);
  });
}
