/** `npm run dev`: the Worker, a Redis and the web client on this machine, with nothing to install or set up. */
import { join } from "node:path";
import { variableNames } from "../src/variables.ts";
import { untilHealthy } from "./health.ts";
import { parseDevOptions, USAGE } from "./options.ts";
import { servePush } from "./push/serve.ts";
import { freePort, portIsFree } from "./redis/free-port.ts";
import { serveRedis } from "./redis/serve.ts";
import { StartError } from "./start-error.ts";
import { UsageError } from "./usage.ts";
import { loadVariables, makeDevVars } from "./variables.ts";
import { buildWebClient } from "./web-client.ts";

const ROOT = join(import.meta.dirname, "..");
/** What chooses the Redis and is not the Worker's business. */
const REDIS_SETTINGS = ["EDGERING_REDIS", "REDIS_URL", "PATH"];
/** Addresses that a browser on this machine reaches as localhost. */
const EVERYWHERE = ["127.0.0.1", "0.0.0.0", "::", "*"];
const STOP_TIMEOUT_MS = 5000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const stoppers: (() => Promise<void>)[] = [];
let stopping = false;

/** Stops what was started, latest first. Child processes that are left are ended by the exit of this one. */
async function stop(code: number): Promise<never> {
  if (stopping) process.exit(code);
  stopping = true;
  setTimeout(() => process.exit(code || 1), STOP_TIMEOUT_MS).unref();
  for (const stopper of stoppers.toReversed()) await stopper().catch(() => {});
  process.exit(code);
}

function stopOnSignals(): void {
  for (const signal of SIGNALS) {
    // wrangler's runtime has handlers that exit at once, before anything else could be stopped in order.
    process.removeAllListeners(signal);
    process.on(signal, () => void stop(0));
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseDevOptions(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  stopOnSignals();
  if (options.port !== 0 && !(await portIsFree(options.port, options.host))) {
    throw new StartError(
      `port ${options.port} is taken: stop what listens there, or give another with --port`,
    );
  }
  if (makeDevVars(ROOT)) process.stderr.write("Made .dev.vars from .dev.vars.example\n");
  const variables = loadVariables(ROOT, process.env);
  const settings = loadVariables(ROOT, process.env, [...variableNames, ...REDIS_SETTINGS]);
  const [redis, { startWorker }] = await Promise.all([
    serveRedis(settings),
    import("./worker.ts"),
    buildWebClient(ROOT),
  ]);
  stoppers.push(() => redis.close());
  const push = await servePush(variables);
  stoppers.push(() => push.close());
  const worker = await startWorker({
    config: join(ROOT, "wrangler.toml"),
    host: options.host,
    port: options.port === 0 ? await freePort() : options.port,
    variables: {
      ...variables,
      ...push.variables,
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: redis.token,
    },
    // Calls live in Redis and in the users' objects, so both must outlive a restart or neither: an object
    // that remembers a call which Redis has forgotten, or the other way round, would leave users busy.
    persist: redis.lasting && join(ROOT, ".wrangler", "state"),
    verbose: options.verbose,
  });
  stoppers.push(() => worker.stop());
  stopOnSignals();
  await Promise.race([untilHealthy(worker.url), worker.failed]);
  const host = EVERYWHERE.includes(options.host) ? "localhost" : options.host;
  const page = `http://${host}:${worker.url.port}`;
  process.stdout.write(`edgering is up: ${page} (Redis: ${redis.label})\n`);
  await worker.failed;
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const expected = thrown instanceof UsageError || thrown instanceof StartError;
  process.stderr.write(`${expected ? message : stack}\n`);
  if (thrown instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  await stop(thrown instanceof UsageError ? 2 : 1);
}
