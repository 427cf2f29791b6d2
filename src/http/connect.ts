/** `GET /ws`: the door that every socket comes through. */
import type { Handler } from "hono";
import { authenticate } from "./authenticate.ts";
import { refuseOrigin } from "./cors.ts";
import type { Door } from "./door.ts";
import { IDENTITY_HEADER, writeIdentity } from "./identity.ts";
import { plainText } from "./refusal.ts";

/** Verifies the token, then hands the socket to the user's own object. */
export const connect: Handler<Door> = async (c) => {
  const request = c.req.raw;
  // A HEAD comes by way of GET, but it asks for something else.
  if (request.method !== "GET") return c.notFound();
  const { config } = c.var;
  const foreign = refuseOrigin(request, config.CORS_ALLOWED_ORIGINS);
  if (foreign) return foreign;
  const identity = await authenticate(request, config);
  if (identity instanceof Response) return identity;
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return plainText(400, "Bad Request\n", { "sec-websocket-version": "13" });
  }
  // Only what the object needs travels on; the token stays here.
  return c.env.USER.getByName(identity.user).fetch("https://user/ws", {
    headers: { upgrade: "websocket", [IDENTITY_HEADER]: writeIdentity(identity) },
  });
};
