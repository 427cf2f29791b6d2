/** Limits per address, by the platform's counters. */
import type { MiddlewareHandler } from "hono";
import type { Door } from "./door.ts";
import { plainText } from "./refusal.ts";

const PERIOD_SECONDS = 60;

/** Bindings of the counters (wrangler.toml). */
type Limit = "SOCKET_LIMIT" | "TOKEN_LIMIT" | "APP_LIMIT" | "ICE_LIMIT";

/** Refuses an address that asks too often. Without the binding nothing is limited. */
export function limitBy(binding: Limit): MiddlewareHandler<Door> {
  return async (c, next) => {
    // Each route counts for itself, whatever stands in its parameters: those are the caller's choice.
    const [, route] = c.req.path.split("/");
    const key = `${route} ${c.req.header("cf-connecting-ip") ?? "unknown"}`;
    const limiter = c.env[binding] as RateLimit | undefined;
    const { success } = (await limiter?.limit({ key })) ?? { success: true };
    if (success) return next();
    return plainText(429, "Too many requests\n", { "retry-after": String(PERIOD_SECONDS) });
  };
}
