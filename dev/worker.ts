/**
 * Runs the Worker in workerd, through wrangler's programmatic interface rather than its command line:
 * variables arrive byte for byte (no quoting, nothing in the process list), the Worker's log comes apart
 * from wrangler's own talk, and one process holds everything that has to stop.
 */
import { once } from "node:events";
import { unstable_startWorker } from "wrangler";
import { StartError } from "./start-error.ts";
import type { Variables } from "./variables.ts";

// Development needs no network: no look-up of where this machine is, and no reports about its use.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false";
process.env["WRANGLER_SEND_METRICS"] ??= "false";

export interface WorkerOptions {
  /** Path of the wrangler configuration. */
  readonly config: string;
  readonly host: string;
  readonly port: number;
  readonly variables: Variables;
  /** Directory for what Durable Objects store; false: forgotten at the end. */
  readonly persist: string | false;
  /** Shows wrangler's own messages, too. */
  readonly verbose: boolean;
}

export interface RunningWorker {
  /** Where it listens. */
  readonly url: URL;
  /** Rejects when the runtime fails for good. */
  readonly failed: Promise<never>;
  /** Stops it with all its processes. */
  stop(): Promise<void>;
}

/** The Worker's `console.log` goes to standard output, warnings and errors to standard error. */
function printLog({ level, message }: { level: string; message: string }): void {
  const stream = level === "error" || level === "warn" ? process.stderr : process.stdout;
  stream.write(`${message}\n`);
}

/** What went wrong in wrangler: it wraps the message that counts in others. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : describe(thrown.cause);
}

/**
 * Starts the Worker, resolves as soon as it listens, and reloads it when a source changes. Variables win over
 * `[vars]` of the configuration and over .dev.vars.
 *
 * @throws {StartError} when the configuration is no good or the source does not compile
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const bindings = Object.entries(options.variables).map(([name, value]) => [
    name,
    { type: "plain_text", value },
  ]);
  const start = unstable_startWorker({
    config: options.config,
    bindings: Object.fromEntries(bindings) as Record<string, { type: "plain_text"; value: string }>,
    // The build of the configuration is for deploying; here the web client is built beforehand.
    build: { custom: { command: "" } },
    dev: {
      server: { hostname: options.host, port: options.port },
      // No debugger unless asked for: two servers would fight for its port.
      inspector: options.verbose ? { port: 0 } : false,
      persist: options.persist,
      watch: true,
      logLevel: options.verbose ? "log" : "error",
      structuredLogsHandler: printLog,
    },
  });
  const worker = await start.catch((thrown: unknown) => {
    throw new StartError(`the Worker does not start: ${describe(thrown)}`);
  });
  const failed = once(worker.raw, "error").then(([event]: unknown[]) => {
    const cause =
      event instanceof Error ? event : (event as { cause?: unknown } | undefined)?.cause;
    throw new StartError(`the Worker does not run: ${describe(cause)}`);
  });
  failed.catch(() => {});
  const url = await Promise.race([worker.url, failed]);
  return { url, failed, stop: () => worker.dispose() };
}
