/**
 * `npm run bench -- soak`: 2,000 idle sockets and 100 calls for ten minutes, on plain workerd. Shown are
 * the server's memory, how often objects were built, and how long a relayed message takes, minute by
 * minute. SOAK_MINUTES, SOAK_IDLE and SOAK_CALLS change its size. Exit code 1 when something is not flat.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { ask, connectCrowd } from "./crowd.ts";
import { callAll, connectPairs } from "./edgering.ts";
import { quantile } from "./figures.ts";
import { startRedis } from "./redis.ts";
import { pace } from "./relay.ts";
import { directory, root } from "./scratch.ts";
import { reportSoak, type Minute } from "./soak-report.ts";
import { serve } from "./workerd.ts";

const size = {
  minutes: Number(process.env["SOAK_MINUTES"] ?? 10),
  idle: Number(process.env["SOAK_IDLE"] ?? 2_000),
  calls: Number(process.env["SOAK_CALLS"] ?? 100),
  /** Candidates per second, over all calls together. */
  perSecond: 100,
} as const;

const redis = await startRedis();
const secret = randomBytes(32).toString("base64url");
const metricsKey = randomBytes(16).toString("hex");
const built = await bundle(root, join(root, "src/index.ts"), await directory("bundle"));
const service = await serve(built, await directory("service"), {
  ENVIRONMENT: "production",
  LOG_LEVEL: "warn",
  JWT_SECRET: secret,
  METRICS_KEY: metricsKey,
  UPSTASH_REDIS_REST_URL: redis.url,
  UPSTASH_REDIS_REST_TOKEN: redis.token,
});

/** How many objects have been built so far: each start, and each return from hibernation, is one. */
async function objectsBuilt(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${service.port}/metrics`, {
    headers: { authorization: `Bearer ${metricsKey}` },
  });
  const text = await response.text();
  return Number(/^edgering_objects_built_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** The server's memory in MiB, as the system counts it. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${service.pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

console.error(`connecting ${size.idle} idle users …`);
const crowd = await connectCrowd(service.port, secret, size.idle);
console.error(`starting ${size.calls} calls …`);
const pairs = await connectPairs(service.port, secret, size.calls);
const { lanes, hangUpAll } = await callAll(pairs);
const commandsBefore = redis.count();

const minutes: Minute[] = [];
for (let minute = 1; minute <= size.minutes; minute += 1) {
  const times = await pace(lanes, size.perSecond * 60, size.perSecond);
  const figures = {
    minute,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    memoryMiB: await memory(),
    built: await objectsBuilt(),
  };
  minutes.push(figures);
  console.error(
    `minute ${minute}: p50 ${figures.p50.toFixed(2)} ms, p99 ${figures.p99.toFixed(1)} ms, ${figures.memoryMiB.toFixed(0)} MiB, ${figures.built} objects built`,
  );
}
const commands = redis.count() - commandsBefore;

console.error("asking the idle ones …");
const beforePings = await objectsBuilt();
const pongs = await ask(crowd, "ping", (answer) => answer === "pong");
const beforeChecks = await objectsBuilt();
const check = JSON.stringify({ type: "call.check", payload: { session_id: "none" } });
const answers = await ask(crowd, check, (answer) => answer.includes('"exists":false'));
const afterChecks = await objectsBuilt();

console.error("hanging up …");
await hangUpAll();
const callsAgain = await callAll(pairs);
await callsAgain.hangUpAll();
for (const client of [...crowd, ...pairs.flatMap(({ clients }) => clients)]) client.close();
await Promise.all([service.stop(), redis.close()]);

const met = await reportSoak({
  size,
  minutes,
  commands,
  redis: redis.label,
  pongs,
  builtByPings: beforeChecks - beforePings,
  answers,
  builtByChecks: afterChecks - beforeChecks,
  complaints: service.complaints,
});
process.exitCode = met ? 0 : 1;
