/**
 * The floor: the least that relays a message between two users' objects, for comparison. It has the shape
 * of the service (Worker, an object per user, hibernating sockets, one RPC to the peer's object) and leaves
 * out everything else: no authentication and no limits, no check of the message or of who may send it to
 * whom, no calls, no devices, no order among deliveries under way, no retries, no answer to the sender when
 * the peer is away, nothing stored. It measures what the platform itself costs; it is not a service.
 */
import { DurableObject } from "cloudflare:workers";

interface FloorEnv {
  readonly USER: DurableObjectNamespace<User>;
  readonly CHANNEL: DurableObjectNamespace<Channel>;
}

/** The floor of a broadcast: one object that loops over its own sockets. It remembers nothing. */
export class Channel extends DurableObject<FloorEnv> {
  override async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") {
      const frames = await request.json<string[]>();
      const sockets = this.ctx.getWebSockets();
      for (const frame of frames) for (const socket of sockets) socket.send(frame);
      return new Response("ok");
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
}

export class User extends DurableObject<FloorEnv> {
  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(_socket: WebSocket, frame: string): Promise<void> {
    const { to } = JSON.parse(frame) as { to: string };
    await this.env.USER.getByName(to).deliver(frame);
  }

  async deliver(frame: string): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/channel") return env.CHANNEL.getByName("floor").fetch(request);
    const user = searchParams.get("user");
    return user === null
      ? new Response("name a user", { status: 400 })
      : env.USER.getByName(user).fetch(request);
  },
} satisfies ExportedHandler<FloorEnv>;
