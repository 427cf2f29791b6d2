/** One policy for browsers of other origins, on every route. */
import type { Handler, MiddlewareHandler } from "hono";
import type { Door } from "./door.ts";
import { plainText } from "./refusal.ts";

const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "Content-Type, Authorization, X-API-Key, Idempotency-Key",
  "access-control-max-age": "86400",
};

/** Headers for a request's origin; none when the origin is not on the list. */
function headersFor(origin: string | null, allowed: readonly string[]): Record<string, string> {
  if (allowed.includes("*")) return { "access-control-allow-origin": "*" };
  if (origin === null || !allowed.includes(origin)) return {};
  return { "access-control-allow-origin": origin, vary: "Origin" };
}

/** Answers a preflight of a route. */
export const preflight: Handler<Door> = (c) => {
  const headers = headersFor(c.req.header("origin") ?? null, c.var.config.CORS_ALLOWED_ORIGINS);
  const granted = Object.keys(headers).length > 0;
  return new Response(null, { status: 204, headers: granted ? PREFLIGHT : {} });
};

/** Adds the headers of the policy to every answer. */
export const cors: MiddlewareHandler<Door> = async (c, next) => {
  const headers = headersFor(c.req.header("origin") ?? null, c.var.config.CORS_ALLOWED_ORIGINS);
  await next();
  // The headers of an upgrade, and of a stored file, cannot be changed in place.
  if (c.res.status === 101) return;
  c.res = new Response(c.res.body, c.res);
  for (const [name, value] of Object.entries(headers)) c.res.headers.append(name, value);
};

/** Refuses sockets of pages that are neither on the list nor of this host. */
export function refuseOrigin(request: Request, allowed: readonly string[]): Response | undefined {
  const origin = request.headers.get("origin");
  if (allowed.includes("*") || origin === null || allowed.includes(origin)) return undefined;
  if (URL.canParse(origin) && new URL(origin).host === new URL(request.url).host) return undefined;
  return plainText(403, "Forbidden\n");
}
