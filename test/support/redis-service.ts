/**
 * The world outside the Worker, for tests in workerd: Redis at http://redis.test, with faults and
 * counts that a test sets through http://redis.test/control. Runs in Node, next to the test runner.
 */
import { createEmbeddedEngine } from "../../dev/redis/embedded.ts";
import type { RedisEngine, Reply } from "../../dev/redis/engine.ts";
import { findRedisServer, startRedisServer } from "../../dev/redis/redis-server.ts";
import { handleUpstash } from "../../dev/redis/upstash.ts";

export const REDIS_URL = "http://redis.test";
export const REDIS_TOKEN = "test-token";

/** What Redis does with commands: answers, refuses, applies them without an answer, or never answers. */
export type Fault = "none" | "refuse" | "lose-answer" | "hang";

/** A control request's body; absent fields stay as they are. */
export interface Control {
  readonly fault?: Fault;
  /** How many commands the fault hits; all when absent. */
  readonly times?: number;
  /** A command to run behind the Worker's back. */
  readonly run?: readonly string[];
  /** Sets the count of commands to zero. */
  readonly reset?: boolean;
}

const HANG_MS = 3_000;

/** Redis for Workers under test, to be closed when the tests are over. */
export interface RedisService {
  serve(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Serves Redis to a Worker under test: a real server when there is one, else the embedded engine. */
export function redisService(): RedisService {
  let opened: Promise<RedisEngine> | undefined;
  const open = (): Promise<RedisEngine> => {
    const file = findRedisServer();
    return file === undefined ? Promise.resolve(createEmbeddedEngine()) : startRedisServer(file);
  };
  let fault: Fault = "none";
  let times = Infinity;
  let commands = 0;

  const serve = async (request: Request): Promise<Response> => {
    opened ??= open();
    const engine = await opened;
    const url = new URL(request.url);
    if (url.host !== "redis.test") return new Response("no such host in tests", { status: 502 });
    if (url.pathname === "/control") {
      const control = (await request.json()) as Control;
      if (control.reset) commands = 0;
      if (control.fault !== undefined) {
        fault = control.fault;
        times = control.times ?? Infinity;
      }
      const reply = control.run && plain(await engine.run(control.run));
      return Response.json({ commands, reply });
    }
    commands += 1;
    const hit = times > 0 ? fault : "none";
    if (hit !== "none") times -= 1;
    if (hit === "refuse") return new Response("down", { status: 503 });
    if (hit === "hang") await new Promise((resolve) => setTimeout(resolve, HANG_MS));
    const answer = await handleUpstash(engine, REDIS_TOKEN, request);
    return hit === "lose-answer" ? new Response("lost", { status: 502 }) : answer;
  };

  const close = async (): Promise<void> => (await opened)?.close();
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
