/**
 * The world outside the Worker, for tests in workerd: Redis at http://redis.test, with faults and
 * counts that a test sets through http://redis.test/control. Runs in Node, next to the test runner.
 * Test files may run side by side, so faults and counts are kept by scope.
 */
import { createEmbeddedEngine } from "../../dev/redis/embedded.ts";
import type { RedisEngine, Reply } from "../../dev/redis/engine.ts";
import { findRedisServer, startRedisServer } from "../../dev/redis/redis-server.ts";
import { handleUpstash } from "../../dev/redis/upstash.ts";
import type { Control, Fault } from "./redis-faults.ts";

export const REDIS_URL = "http://redis.test";
export const REDIS_TOKEN = "test-token";

const HANG_MS = 3_000;

/** Redis for Workers under test, to be closed when the tests are over. */
export interface RedisService {
  serve(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Faults and counts by scope; the empty scope is in every command. */
class Faults {
  readonly #faults = new Map<string, { fault: Fault; left: number; delayMs: number }>();
  readonly #counts = new Map<string, number>();

  /** Follows an order and returns the count of its scope. */
  order({ scope = "", fault, times = Infinity, delayMs = 0, reset }: Control): number {
    if (reset) this.#counts.set(scope, 0);
    if (fault === "none") this.#faults.delete(scope);
    else if (fault) this.#faults.set(scope, { fault, left: times, delayMs });
    return this.#counts.get(scope) ?? 0;
  }

  /** Counts a command and says what befalls it. */
  meet(command: string): { readonly fault: Fault; readonly delayMs: number } {
    for (const [scope, count] of this.#counts) {
      if (command.includes(scope)) this.#counts.set(scope, count + 1);
    }
    for (const [scope, set] of this.#faults) {
      if (set.left === 0 || !command.includes(scope)) continue;
      set.left -= 1;
      return set;
    }
    return { fault: "none", delayMs: 0 };
  }
}

function openEngine(): Promise<RedisEngine> {
  const file = findRedisServer(process.env["PATH"] ?? "");
  return file === undefined ? Promise.resolve(createEmbeddedEngine()) : startRedisServer(file);
}

/** Serves Redis to a Worker under test: a real server when there is one, else the embedded engine. */
export function redisService(): RedisService {
  let opened: Promise<RedisEngine> | undefined;
  const faults = new Faults();
  let closed = false;

  const serve = async (request: Request): Promise<Response> => {
    // Objects live on for a moment after the tests; nothing may be started for them.
    if (closed) return new Response("closed", { status: 503 });
    opened ??= openEngine();
    const engine = await opened;
    const url = new URL(request.url);
    if (url.host !== "redis.test") return new Response("no such host in tests", { status: 502 });
    if (url.pathname === "/control") {
      const control = (await request.json()) as Control;
      const reply = control.run && plain(await engine.run(control.run));
      return Response.json({ commands: faults.order(control), reply });
    }
    const { fault, delayMs } = faults.meet(await request.clone().text());
    if (fault === "refuse") return new Response("down", { status: 503 });
    const waitMs = fault === "hang" ? HANG_MS : delayMs;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (closed) return new Response("closed", { status: 503 });
    if (fault === "duplicate") await handleUpstash(engine, REDIS_TOKEN, request.clone());
    const answer = await handleUpstash(engine, REDIS_TOKEN, request);
    return fault === "lose-answer" ? new Response("lost", { status: 502 }) : answer;
  };

  const close = async (): Promise<void> => {
    closed = true;
    await (await opened)?.close();
  };
  return { serve, close };
}

/** A reply as plain JSON, for tests to look at. */
function plain(reply: Reply): unknown {
  switch (reply.type) {
    case "array":
      return reply.items.map(plain);
    case "bulk":
      return Buffer.from(reply.bytes).toString();
    case "integer":
      return reply.value;
    case "null":
      return null;
    case "status":
    case "error":
      return reply.text;
  }
}
