/** `POST /dev/token`: tokens for the web client, in development only. */
import type { Handler } from "hono";
import { SignJWT } from "jose";
import * as z from "zod";
import { isUserId } from "../protocol/user-info.ts";
import type { Door } from "./door.ts";
import { isDeviceLabel } from "./token.ts";

const LIFETIME = "12h";

const text = z.string().optional();
const body = z.object({
  user_id: z.string().max(256).refine(isUserId),
  name: text,
  username: text,
  image_profile: text,
  device: z.string().refine(isDeviceLabel).optional(),
});

/** Mints a token, claim `hash`, that is good for 12 hours. */
export const devToken: Handler<Door> = async (c) => {
  const { ENVIRONMENT, JWT_SECRET } = c.var.config;
  if (ENVIRONMENT !== "development") return c.notFound();
  if (!JWT_SECRET) return c.json({ error: "JWT_SECRET is not set" }, 400);
  const parsed = body.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) {
    const error =
      "expected JSON {user_id, name?, username?, image_profile?, device?}, all text; user_id of 1 to 256 characters, not starting guest:";
    return c.json({ error }, 400);
  }
  const { user_id: hash, ...claims } = parsed.data;
  const token = await new SignJWT({ hash, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(new TextEncoder().encode(JWT_SECRET));
  return c.json({ token });
};
