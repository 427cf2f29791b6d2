/** `GET /health`: whether the service can do its work. */
import type { Handler } from "hono";
import { turnState } from "../adapters/ice-servers.ts";
import { connectRedis } from "../adapters/redis.ts";
import type { Door } from "./door.ts";
import { providerStates } from "./providers.ts";
import { plainText } from "./refusal.ts";

/** Answers with one word, or with the state of each dependency for `Accept: application/json`. */
export const health: Handler<Door> = async (c) => {
  const { UPSTASH_REDIS_REST_URL: url = "", UPSTASH_REDIS_REST_TOKEN: token = "" } = c.var.config;
  const run = connectRedis({ url, token });
  const up = await run((redis) => redis.ping()).then(
    () => true,
    () => false,
  );
  const status = up ? 200 : 503;
  if (c.req.header("accept")?.includes("application/json")) {
    const dependencies = {
      redis: up ? "ok" : "down",
      ...providerStates(c.var.config),
      turn: turnState(c.var.config),
    };
    return c.json({ status: up ? "ok" : "unavailable", dependencies }, status);
  }
  return plainText(status, up ? "OK" : "Redis unhealthy\n");
};
