/** The command line of `npm run dev`. */
import { parseArguments, UsageError } from "./usage.ts";

export const USAGE = `Usage: npm run dev -- [options]

Runs edgering on this machine: the Worker, a Redis, and the web client.

  --port N      port to listen on (8787); 0 takes a free one
  --host HOST   address to listen on (localhost); 0.0.0.0 lets other devices in. Also --ip
  --verbose     show wrangler's own messages
  --help        show this text

The Redis is Upstash when UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are set, else REDIS_URL,
else a redis-server from the PATH, else an embedded one. EDGERING_REDIS=embedded forces the last.

Push providers are played by stand-ins unless a variable of one is set. What they got is shown at /dev/push.
`;

export interface DevOptions {
  readonly port: number;
  readonly host: string;
  readonly verbose: boolean;
  readonly help: boolean;
}

/** Reads the arguments behind `npm run dev --`. @throws {UsageError} */
export function parseDevOptions(args: readonly string[]): DevOptions {
  const { values } = parseArguments({
    args: [...args],
    options: {
      port: { type: "string", short: "p", default: "8787" },
      host: { type: "string" },
      ip: { type: "string" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new UsageError(`--port is "${values.port}": give a number from 0 to 65535`);
  }
  const host = values.host ?? values.ip ?? "localhost";
  if (host === "") throw new UsageError("--host is empty: give an address, or leave it out");
  return { port, host, verbose: values.verbose, help: values.help };
}
