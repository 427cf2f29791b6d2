/** Who may publish and read over HTTP. */
import type { MiddlewareHandler } from "hono";
import type { Door } from "./door.ts";
import { isOneOf } from "./same-text.ts";

/**
 * Asks for one of `API_KEYS`, as `Authorization: Bearer` or `X-API-Key`. In development nobody is asked;
 * elsewhere, without any key set, everybody is refused.
 */
export const apiKey: MiddlewareHandler<Door> = async (c, next) => {
  const { ENVIRONMENT, API_KEYS } = c.var.config;
  const bearer = /^bearer\s+(.*)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const given = [bearer, c.req.header("x-api-key")].flatMap((key) => key?.trim() || []);
  const known = await Promise.all(given.map((key) => isOneOf(key, API_KEYS)));
  if (ENVIRONMENT === "development" || known.includes(true)) return next();
  return c.json({ error: "unauthorized" }, 401);
};
