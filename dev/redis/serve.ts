/** Chooses the Redis that serves a development session, and puts the local Upstash endpoint in front of it. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { StartError } from "../start-error.ts";
import { createEmbeddedEngine } from "./embedded.ts";
import type { RedisEngine } from "./engine.ts";
import { findRedisServer, startRedisServer } from "./redis-server.ts";
import { handleUpstash } from "./upstash.ts";

/** What decides on the engine. Empty strings count as unset. */
export interface RedisSettings {
  /** `embedded` forces the embedded engine, whatever else is set. */
  readonly EDGERING_REDIS?: string | undefined;
  readonly UPSTASH_REDIS_REST_URL?: string | undefined;
  readonly UPSTASH_REDIS_REST_TOKEN?: string | undefined;
  readonly REDIS_URL?: string | undefined;
  /** Where to look for a `redis-server`. */
  readonly PATH?: string | undefined;
}

/** A Redis as the Worker reaches it. */
export interface ServedRedis {
  readonly url: string;
  readonly token: string;
  /** Which Redis this is, for the start-up line. */
  readonly label: string;
  /** Whether what it holds outlives this session. */
  readonly lasting: boolean;
  close(): Promise<void>;
}

/**
 * Opens the engine that the settings name: REDIS_URL, else a `redis-server` on the PATH, else the embedded one.
 *
 * @throws {StartError} when REDIS_URL does not answer
 */
export async function openEngine(settings: RedisSettings): Promise<RedisEngine> {
  if (settings.EDGERING_REDIS === "embedded") return createEmbeddedEngine();
  if (settings.REDIS_URL) {
    // Loaded here because the client takes half a second to load, which the embedded engine need not wait for.
    const { connectEngine } = await import("./connected.ts");
    try {
      return await connectEngine(settings.REDIS_URL, "REDIS_URL");
    } catch (cause) {
      throw new StartError("REDIS_URL does not answer: start that Redis, or unset the variable", {
        cause,
      });
    }
  }
  const file = findRedisServer(settings.PATH ?? "");
  return file === undefined ? createEmbeddedEngine() : startRedisServer(file);
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = "GET", headers, url = "/" } = incoming;
  return new Request(new URL(url, "http://127.0.0.1"), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : [],
    ),
    ...(method === "GET" || method === "HEAD" ? {} : { body: Buffer.concat(chunks) }),
  });
}

async function respond(
  engine: RedisEngine,
  token: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
) {
  const response = await handleUpstash(engine, token, await toRequest(incoming));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** Serves an engine over HTTP on a free port of 127.0.0.1, with a random token. Closing closes the engine, too. */
export async function serveEngine(engine: RedisEngine): Promise<Omit<ServedRedis, "lasting">> {
  const token = randomBytes(24).toString("base64url");
  const server = createServer((incoming, outgoing) => {
    respond(engine, token, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    label: engine.label,
    async close() {
      server.close();
      server.closeAllConnections();
      await engine.close();
    },
  };
}

/**
 * Gives the Redis of a development session: Upstash itself when its variables are set, else a local
 * endpoint in front of the engine that `openEngine` chooses.
 *
 * @throws {StartError} when a setting is incomplete or leads nowhere
 */
export async function serveRedis(settings: RedisSettings): Promise<ServedRedis> {
  const {
    UPSTASH_REDIS_REST_URL: url,
    UPSTASH_REDIS_REST_TOKEN: token,
    EDGERING_REDIS: choice,
  } = settings;
  if (choice && choice !== "embedded") {
    throw new StartError(`EDGERING_REDIS is "${choice}": the only choice is "embedded"`);
  }
  if (!choice && Boolean(url) !== Boolean(token)) {
    const missing = url ? "UPSTASH_REDIS_REST_TOKEN" : "UPSTASH_REDIS_REST_URL";
    throw new StartError(
      `${missing} is missing: set both Upstash variables, or neither for a local Redis`,
    );
  }
  if (!choice && url && token)
    return { url, token, label: "Upstash", lasting: true, close: async () => {} };
  const engine = await openEngine(settings);
  return { ...(await serveEngine(engine)), lasting: !choice && Boolean(settings.REDIS_URL) };
}
