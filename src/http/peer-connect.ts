/** The doors of clients that are not native: each of their codecs has an endpoint of its own. */
import type { Handler } from "hono";
import type { PeerCodec } from "../wire/peer-codec.ts";
import { refuseOrigin } from "./cors.ts";
import type { Door } from "./door.ts";

/** Lets a socket in. Who it is it says itself, in its first frame. */
export function peerConnect(codec: PeerCodec): Handler<Door> {
  return async (c) => {
    const request = c.req.raw;
    const foreign = refuseOrigin(request, c.var.config.CORS_ALLOWED_ORIGINS);
    if (foreign) return foreign;
    const refused = codec.refuse(new URL(request.url).searchParams);
    if (refused) return Response.json(refused, { status: 400 });
    if (request.method !== "GET") return c.notFound();
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return Response.json({ code: 3, message: "Bad request" }, { status: 400 });
    }
    return c.env.PEER.getByName(codec.newId()).fetch(`https://peer${codec.path}`, {
      headers: { upgrade: "websocket" },
    });
  };
}
