/** The one way to Upstash Redis: a script, its keys, its arguments, and an answer in bounded time. */
import { Redis } from "@upstash/redis/cloudflare";
import { StoreUnavailable } from "../core/ports.ts";
import { metrics } from "../metrics.ts";

/** A command that takes longer than this counts as failed, in milliseconds. */
const COMMAND_TIMEOUT_MS = 1_400;
/** A failure quicker than this is worth another try at once. */
const QUICK_FAILURE_MS = 300;

/** Address and token of the database. */
export interface RedisAccess {
  readonly url: string;
  readonly token: string;
}

/** Runs one command. */
export type RunCommand = <T>(command: (redis: Redis) => Promise<T>) => Promise<T>;

/**
 * Opens the way to a database. Commands must bear being carried out twice.
 *
 * A failed attempt is repeated once if it failed quickly. The client's own retries would wait for
 * seconds, and its timeouts would turn into empty answers, so neither is used.
 */
export function connectRedis(access: RedisAccess): RunCommand {
  return async (command) => {
    const began = Date.now();
    try {
      return await once(access, command);
    } catch (error) {
      if (isAnswer(error) || Date.now() - began > QUICK_FAILURE_MS) throw unavailable(error);
    }
    return once(access, command).catch((error: unknown) => {
      throw unavailable(error);
    });
  };
}

async function once<T>(access: RedisAccess, command: (redis: Redis) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // Not AbortSignal.timeout: it stays armed, and an object with a pending timer cannot hibernate.
  const timer = setTimeout(() => {
    controller.abort();
  }, COMMAND_TIMEOUT_MS);
  const redis = new Redis({
    ...access,
    retry: { retries: 0 },
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
    signal: () => controller.signal,
  });
  const began = Date.now();
  try {
    return await command(redis);
  } catch (error) {
    metrics.count("edgering_redis_failures_total");
    throw error;
  } finally {
    metrics.observeRedis((Date.now() - began) / 1_000);
    clearTimeout(timer);
  }
}

/** Redis itself refused: asking again changes nothing. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === "UpstashError";
}

function unavailable(error: unknown): StoreUnavailable {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // The client repeats the whole command, profiles included, which nobody wants in a log.
  return new StoreUnavailable(message.split(", command was:")[0], { cause: error });
}
