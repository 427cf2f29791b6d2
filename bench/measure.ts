/** The measurements: contenders take turns, so that both see the same state of the machine. */
import type { Contender, Lane } from "./contender.ts";
import { establish, hangUp, type Pair } from "./edgering.ts";
import { cpuSeconds, median, quantile } from "./figures.ts";
import type { CountingRedis } from "./redis.ts";
import { pace, saturate } from "./relay.ts";
import type { Served } from "./workerd.ts";

/**
 * The load. The first round of relaying warms up and is not counted. On a busy machine time runs out
 * before the rounds do; then there are fewer of them.
 */
export const load = {
  relayRounds: 16,
  relaySeconds: 50,
  messagesPerLane: 150,
  singlesPerLane: 60,
  window: 8,
  pacedMessages: 200,
  pacedPerSecond: 300,
  callRounds: 20,
  callSeconds: 20,
  startRounds: 5,
} as const;

/** One round of relaying. Times in milliseconds. */
export interface RelayRound {
  /** With a window of messages under way in every lane. */
  readonly bursts: Throughput;
  /** With one message under way in every lane. */
  readonly singles: Throughput;
  readonly paced: Spread;
}

/** How much went through. Shares are parts of one core. */
export interface Throughput {
  readonly perSecond: number;
  readonly generatorShare: number;
  /** Unknown where the system does not tell. */
  readonly serverShare?: number;
  readonly perProcessorSecond?: number;
}

/** Relaying by both, round by round. */
export interface RelayFigures {
  readonly edgering: readonly RelayRound[];
  readonly floor: readonly RelayRound[];
  readonly redisPerMessage: number;
}

/** Calls one after the other. Times in milliseconds. */
export interface CallFigures {
  readonly calls: number;
  readonly ring: Spread;
  readonly accept: Spread;
  readonly redisPerCall: number;
}

/** A median and a tail. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** Relays in turns; who begins changes from round to round. */
export async function measureRelay(
  edgering: Contender,
  floor: Contender,
  redis: CountingRedis,
): Promise<RelayFigures> {
  const rounds: RelayRound[][] = [[], []];
  const before = await redis.settledCount();
  const inTime = within(load.relaySeconds);
  let done = 0;
  for (; done <= load.relayRounds && (done < 3 || inTime()); done += 1) {
    const order = done % 2 === 0 ? [0, 1] : [1, 0];
    for (const index of order) {
      const figures = await relayRound(index === 0 ? edgering : floor);
      if (done > 0) rounds[index]?.push(figures);
    }
  }
  const perLane = load.messagesPerLane + load.singlesPerLane;
  const messages = done * (edgering.lanes.length * perLane + load.pacedMessages);
  const [mine = [], other = []] = rounds;
  return { edgering: mine, floor: other, redisPerMessage: (redis.count() - before) / messages };
}

async function relayRound({ pid, lanes }: Contender): Promise<RelayRound> {
  return {
    bursts: await throughput(pid, lanes, load.messagesPerLane, load.window),
    singles: await throughput(pid, lanes, load.singlesPerLane, 1),
    paced: spread(await pace(lanes, load.pacedMessages, load.pacedPerSecond)),
  };
}

async function throughput(
  pid: number,
  lanes: readonly Lane[],
  perLane: number,
  window: number,
): Promise<Throughput> {
  const generator = process.cpuUsage();
  const before = await cpuSeconds(pid);
  const seconds = await saturate(lanes, perLane, window);
  const after = await cpuSeconds(pid);
  const { user, system } = process.cpuUsage(generator);
  const messages = lanes.length * perLane;
  const used = before === undefined || after === undefined ? undefined : after - before;
  return {
    perSecond: messages / seconds,
    generatorShare: (user + system) / 1e6 / seconds,
    ...(used === undefined
      ? {}
      : { serverShare: used / seconds, perProcessorSecond: messages / used }),
  };
}

/** Makes calls one after the other, each pair in turn: start, accept, end. */
export async function measureCalls(
  pairs: readonly Pair[],
  redis: CountingRedis,
): Promise<CallFigures> {
  const before = await redis.settledCount();
  const rings: number[] = [];
  const accepts: number[] = [];
  const inTime = within(load.callSeconds);
  for (let round = 0; round < load.callRounds && inTime(); round += 1) {
    for (const pair of pairs) {
      const { session, ring, accept } = await establish(pair);
      await hangUp(pair, session);
      rings.push(ring);
      accepts.push(accept);
    }
  }
  const commands = (await redis.settledCount()) - before;
  return {
    calls: rings.length,
    ring: spread(rings),
    accept: spread(accepts),
    redisPerCall: commands / rings.length,
  };
}

/** Starts servers in turns and waits for each one's first answer. Milliseconds, the median of each. */
export async function measureStart<K extends string>(
  starters: Readonly<Record<K, (round: number) => Promise<Served>>>,
): Promise<Readonly<Record<K, number>>> {
  const times = new Map<string, number[]>();
  for (let round = 0; round < load.startRounds; round += 1) {
    for (const [name, start] of Object.entries<(round: number) => Promise<Served>>(starters)) {
      const began = performance.now();
      const served = await start(round);
      await fetch(`http://127.0.0.1:${served.port}/ws`).then((response) => response.text());
      times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
      await served.stop();
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)])) as Record<
    K,
    number
  >;
}

/** Tells whether that many seconds have yet to pass. */
function within(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1_000;
  return () => performance.now() < end;
}

/** Sums times up. */
export function spread(times: readonly number[]): Spread {
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
