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
    const user = new URL(request.url).searchParams.get("user");
    return user === null
      ? new Response("name a user", { status: 400 })
      : env.USER.getByName(user).fetch(request);
  },
} satisfies ExportedHandler<FloorEnv>;
