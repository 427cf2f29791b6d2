/** `/login`: a name for a guest of the chat. */
import type { Handler } from "hono";
import { SignJWT } from "jose";
import { nameFault } from "../protocol/chat.ts";
import { login as shape } from "../protocol/events.ts";
import { BadBody, fieldsOf, readJson } from "./body.ts";
import type { Door } from "./door.ts";
import { GUEST, guestKey } from "./guest.ts";
import { plainText } from "./refusal.ts";

const LIFETIME_SECONDS = 3_600;
const BODY_BYTES = 16_384;

/** Makes a guest's token out of `{"username"}`. */
export const login: Handler<Door> = async (c) => {
  const key = guestKey(c.var.config);
  if (key === undefined) return plainText(500, "internal error\n");
  let body: unknown;
  try {
    body = await readJson(c.req.raw, BODY_BYTES);
  } catch (error) {
    if (error instanceof BadBody) return plainText(400, `${error.message}\n`);
    throw error;
  }
  const username = usernameIn(body);
  if (username === undefined) return plainText(400, "expected JSON {username}\n");
  const name = username.trim();
  const fault = nameFault(name);
  if (fault !== undefined) return plainText(400, `username ${fault}\n`);
  const now = Math.floor(Date.now() / 1_000);
  const token = await new SignJWT({ name })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setAudience(GUEST)
    .setSubject(`${GUEST}:${name}`)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + LIFETIME_SECONDS)
    .sign(key);
  return c.json({ token });
};

/** The name as typed; empty when there is none; nothing when the body is something else. */
function usernameIn(body: unknown): string | undefined {
  const fields = fieldsOf(body, ["username"]);
  if (fields === undefined) return undefined;
  const { username } = fields;
  if (username === undefined || username === null) return "";
  const parsed = shape.safeParse({ username });
  return parsed.success ? parsed.data.username : undefined;
}
