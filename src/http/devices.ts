/** `PUT` and `DELETE /devices/:device`: push routes of the token's user, without a socket. */
import type { Context } from "hono";
import { registration } from "../protocol/push.ts";
import { isJsonObject } from "../protocol/seal.ts";
import { authenticate } from "./authenticate.ts";
import { BadBody, readJson } from "./body.ts";
import type { Door } from "./door.ts";
import type { Identity } from "./identity.ts";
import { jsonText, plainText, refuseAtDoor } from "./refusal.ts";
import { isDeviceLabel } from "./token.ts";

/** No registration is longer, in bytes. */
const MAX_BODY = 16_384;

type Asked = Context<Door, "/devices/:device">;

/** Registers a device; the fields are those of `push.register`. */
export async function putDevice(c: Asked): Promise<Response> {
  const who = await ownDevice(c);
  if (who instanceof Response) return who;
  const body = await readJson(c.req.raw, MAX_BODY).catch((error: unknown) => {
    if (error instanceof BadBody) return error;
    throw error;
  });
  if (body instanceof BadBody) {
    const error = body.status === 413 ? "Message too large" : body.message;
    return c.json({ error }, body.status);
  }
  if (!isJsonObject(body)) return c.json({ error: "the body is not a JSON object" }, 400);
  const fields = withoutNulls(body);
  const parsed = registration.safeParse(fields);
  if (!parsed.success) {
    const error = fields["os"] === undefined ? "Missing os" : "Invalid payload";
    return c.json({ error }, 400);
  }
  const { name, user, profile } = who;
  const asked = { name, registration: parsed.data, profile };
  const reply = await c.env.USER.getByName(user).ask({ kind: "device.put", asked });
  return jsonText(reply.status, reply.json);
}

/** Forgets a device's push route. */
export async function deleteDevice(c: Asked): Promise<Response> {
  const who = await ownDevice(c);
  if (who instanceof Response) return who;
  const asked = { name: who.name };
  await c.env.USER.getByName(who.user).ask({ kind: "device.delete", asked });
  return new Response(null, { status: 204 });
}

/** Who asks, and for which device. A token that is bound to a device speaks for no other. */
async function ownDevice(c: Asked): Promise<(Identity & { name: string }) | Response> {
  const request = c.req.raw;
  const identity = await authenticate(request, c.var.config);
  if (identity instanceof Response) return identity;
  // A guest cannot be called, and a token that it names would leave its owner.
  if (identity.guest) return plainText(403, "Forbidden\n");
  const name = c.req.param("device");
  if (!isDeviceLabel(name) || (identity.device !== undefined && identity.device !== name)) {
    return refuseAtDoor(request, "invalid", "the device is not the token's");
  }
  return { ...identity, name };
}

/** A `null` field counts as absent. */
function withoutNulls(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
