/** `GET /ice-servers`: STUN and TURN servers for who has a user's token or an app token. */
import type { Handler } from "hono";
import { iceProvider } from "../adapters/ice-servers.ts";
import { createLog } from "../log.ts";
import { appOfToken } from "./app-token.ts";
import { authenticate } from "./authenticate.ts";
import type { Door } from "./door.ts";
import { plainText } from "./refusal.ts";
import { tokenOf } from "./token.ts";

/** Answers what `RTCPeerConnection` takes. */
export const iceServers: Handler<Door> = async (c) => {
  const { config } = c.var;
  const user = await userOf(c.req.raw, config);
  if (user instanceof Response) return user;
  const servers = await iceProvider(config, createLog(config.LOG_LEVEL))(user);
  return Response.json(servers, {
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" },
  });
};

async function userOf(request: Request, config: Door["Variables"]["config"]) {
  const app = await appOfToken(tokenOf(request), config, Date.now() / 1_000);
  if (app !== undefined) return `app:${app}`;
  const identity = await authenticate(request, config);
  if (identity instanceof Response) return identity;
  return identity.guest ? plainText(403, "Forbidden\n") : identity.user;
}
