/** `/calls/:id`: what a device that was woken by a push may do before its socket is up. */
import type { Context } from "hono";
import { userOfCallToken } from "../protocol/call-token.ts";
import { isUserId } from "../protocol/user-info.ts";
import type { Door } from "./door.ts";
import { jsonText, plainText } from "./refusal.ts";

/** What may be done, by method and the last part of the path. */
const kinds = {
  "GET ": "call.get",
  "POST accept": "call.accept",
  "POST reject": "call.reject",
  "POST ringing": "call.ringing",
} as const;

const isKnown = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name);

/** Hands a question about a call to the object of the user whom its call token names. */
export async function callByToken(c: Context<Door, "/calls/:id">): Promise<Response> {
  const action = c.req.path.split("/")[3] ?? "";
  const name = `${c.req.method} ${action}`;
  if (!isKnown(name)) return plainText(404, "404 page not found");
  const given = /^bearer\s+(.*)$/i.exec(c.req.header("authorization")?.trim() ?? "")?.[1]?.trim();
  if (!given) return refuse("missing call token");
  const user = userOfCallToken(given);
  if (user === undefined || !isUserId(user)) return refuse("invalid call token");
  const asked = { session: c.req.param("id"), token: given };
  const { status, json } = await c.env.USER.getByName(user).ask({ kind: kinds[name], asked });
  return jsonText(status, json);
}

function refuse(error: string): Response {
  return Response.json({ error }, { status: 401, headers: { "www-authenticate": "Bearer" } });
}
