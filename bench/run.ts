/**
 * `npm run bench`: the service beside the floor, on plain workerd, in one run of about a minute.
 *
 * What is measured and how to read it: bench/README.md. Exit code 1 when a target is missed.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { bareLanes } from "./bare.ts";
import { bundle } from "./bundle.ts";
import { callAll, connectPairs } from "./edgering.ts";
import { measureCalls, measureRelay, measureStart, spread } from "./measure.ts";
import { startProvider, timePushes } from "./push.ts";
import { startRedis } from "./redis.ts";
import { report } from "./report.ts";
import { measureRooms } from "./rooms.ts";
import { directory, root } from "./scratch.ts";
import { serve } from "./workerd.ts";

const PAIRS = 10;

console.error("bundling …");
const bundles = {
  edgering: await bundle(root, join(root, "src/index.ts"), await directory("edgering")),
  floor: await bundle(root, join(root, "bench/floor.ts"), await directory("floor"), ["User"]),
};

const redis = await startRedis();
const provider = await startProvider();
const secret = randomBytes(32).toString("base64url");
const vars = {
  ENVIRONMENT: "production",
  LOG_LEVEL: "warn",
  JWT_SECRET: secret,
  UPSTASH_REDIS_REST_URL: redis.url,
  UPSTASH_REDIS_REST_TOKEN: redis.token,
  ...provider.variables,
  // The frame budget protects a service from one client; here one client is the load.
  RATE_LIMIT_PER_SECOND: "100000",
  RATE_LIMIT_BURST: "100000",
};

console.error("starting …");
const starts = await measureStart({
  edgering: async (round) => serve(bundles.edgering, await directory(`start-e${round}`), vars),
  floor: async (round) => serve(bundles.floor, await directory(`start-f${round}`), {}),
});

const service = await serve(bundles.edgering, await directory("service"), vars);
const floor = await serve(bundles.floor, await directory("bare"), {});
const pairs = await connectPairs(service.port, secret, PAIRS);
const bare = await bareLanes(floor.port, PAIRS);

console.error("relaying …");
const { lanes, hangUpAll } = await callAll(pairs);
const relay = await measureRelay(
  { pid: service.pid, lanes },
  { pid: floor.pid, lanes: bare },
  redis,
);
await hangUpAll();
console.error("calling …");
const calls = await measureCalls(pairs, redis);
console.error("pushing …");
const push = spread(await timePushes(service.port, secret, provider));

console.error("meeting …");
const rooms = await measureRooms(service.port, service.pid, secret);

for (const { from } of [...lanes, ...bare]) from.close();
const complaints = [...service.complaints, ...floor.complaints];
await Promise.all([service.stop(), floor.stop(), redis.close(), provider.close()]);
if (complaints.length > 0) throw new Error(`the servers complained:\n${complaints.join("\n")}`);

const met = await report({
  bundles,
  starts,
  relay,
  calls,
  push,
  rooms,
  redis: redis.label,
  pairs: PAIRS,
});
process.exitCode = met ? 0 : 1;
