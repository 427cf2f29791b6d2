/**
 * `npm run bench -- broadcast`: one event to many sockets, beside two floors in the same run. Writes
 * results/broadcast.md; what is measured is in bench/README.md.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SignJWT } from "jose";
import { freePort } from "../dev/redis/free-port.ts";
import { findRedisServer } from "../dev/redis/redis-server.ts";
import { bundle } from "./bundle.ts";
import { load, measureFanOut, type Broadcaster, type FanOut } from "./fan-out.ts";
import { startRedis } from "./redis.ts";
import { directory, root } from "./scratch.ts";
import { serve } from "./workerd.ts";

const results = new URL("results/", import.meta.url);

/** As long as the service's own frames, so that all carry the same bytes. */
const FRAME = JSON.stringify({
  ...{ type: "broadcast", channel: "bench", event: "tick", payload: { x: 1, y: 2 } },
  ...{ ts: 1_790_000_000_000, message_id: 1_790_000_000_000_000 },
  ...{ epoch: "166b8c89-9fdc-4de0-a745-27b4cceeb880", offset: 1_000 },
});
/** Users of the service; beyond that they have several sockets each. */
const MOST_USERS = 500;
const KEY = "bench";

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
}

async function edgering(): Promise<Broadcaster & { stop(): Promise<void> }> {
  const built = await bundle(root, join(root, "src/index.ts"), await directory("edgering"));
  const redis = await startRedis();
  const secret = randomBytes(32).toString("base64url");
  const served = await serve(built, await directory("service"), {
    ENVIRONMENT: "production",
    LOG_LEVEL: "warn",
    JWT_SECRET: secret,
    API_KEYS: KEY,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: redis.token,
  });
  let round = 0;
  const key = new TextEncoder().encode(secret);
  return {
    name: "edgering",
    async address(index, of) {
      // Users of their own for each round, since one may open few sockets in ten seconds.
      if (index === 0) round += 1;
      const sub = `${round}-${index % Math.min(of, MOST_USERS)}`;
      const token = new SignJWT({ sub })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h");
      return `ws://127.0.0.1:${served.port}/ws?token=${await token.sign(key)}`;
    },
    subscribe: '{"type":"subscribe","channel":"bench","listen":["broadcast"],"ref":"1"}',
    publish: (count) => {
      const event = { channel: "bench", event: "tick", payload: { x: 1, y: 2 } };
      const events = Array.from({ length: count }, () => event);
      return post(`http://127.0.0.1:${served.port}/api/events`, { events }, { "x-api-key": KEY });
    },
    async stop() {
      await Promise.all([served.stop(), redis.close()]);
      if (served.complaints.length > 0) console.error(served.complaints.join("\n"));
    },
  };
}

async function bareObject(): Promise<Broadcaster & { stop(): Promise<void> }> {
  const built = await bundle(root, join(root, "bench/floor.ts"), await directory("floor"));
  const served = await serve(built, await directory("bare"), {});
  const url = `127.0.0.1:${served.port}/channel`;
  return {
    name: "bare object",
    address: () => `ws://${url}`,
    publish: (count) =>
      post(
        `http://${url}`,
        Array.from({ length: count }, () => FRAME),
      ),
    stop: () => served.stop(),
  };
}

async function pubSub(): Promise<(Broadcaster & { stop(): Promise<void> }) | undefined> {
  const command = findRedisServer(process.env["PATH"] ?? "");
  if (command === undefined) return undefined;
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const redis = spawn(command, args, { stdio: "ignore" });
  const floor = spawn(process.execPath, [join(root, "bench/pubsub-floor.ts"), String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => [redis, floor].map((child) => child.kill("SIGKILL")));
  const [line] = (await once(createInterface(floor.stdout), "line")) as [string];
  const url = `127.0.0.1:${line}`;
  return {
    name: "ws + Redis pub/sub",
    address: () => `ws://${url}`,
    publish: (count) =>
      post(
        `http://${url}`,
        Array.from({ length: count }, () => FRAME),
      ),
    async stop() {
      const ends = [redis, floor].map((child) => once(child, "exit"));
      for (const child of [redis, floor]) child.kill("SIGKILL");
      await Promise.all(ends);
    },
  };
}

const figures: (FanOut & { readonly way: string })[] = [];
for (const start of [edgering, bareObject, pubSub]) {
  const way = await start();
  if (way === undefined) continue;
  for (const size of load.sizes) {
    console.error(`${way.name}: 1 to ${size} …`);
    figures.push({ way: way.name, ...(await measureFanOut(way, size)) });
  }
  await way.stop();
}

const machine = `${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}`;
const rows = load.sizes.flatMap((size) => figures.filter(({ listeners }) => listeners === size));
const table = [
  "| listeners | way | last receiver p50 (ms) | p99 (ms) | frames per second | lost |",
  "|---|---|---|---|---|---|",
  ...rows.map(
    ({ way, listeners, p50, p99, perSecond, lost }) =>
      `| ${listeners} | ${way} | ${p50} | ${p99} | ${perSecond} | ${lost} |`,
  ),
];
const page = `# One to many\n\n${new Date().toISOString()}, ${machine}.\n\n${table.join("\n")}\n`;
await writeFile(new URL("broadcast.md", results), page);
console.log(page);
process.exitCode = figures.some(({ lost }) => lost > 0) ? 1 : 0;
