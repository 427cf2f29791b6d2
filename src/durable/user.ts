/** A user's object: the shell around the product. It knows sockets, alarms and peers, and no feature. */
import { DurableObject } from "cloudflare:workers";
import type { Ask } from "../features/ask.ts";
import { answer, hooks, receive, ring } from "../features/index.ts";
import type { Connection } from "../features/connection.ts";
import { IDENTITY_HEADER, readIdentity } from "../http/identity.ts";
import { metrics } from "../metrics.ts";
import { plainText } from "../http/refusal.ts";
import { closeCodes } from "../protocol/errors.ts";
import { MAX_FRAME_BYTES } from "../protocol/message.ts";
import { isUserId } from "../protocol/user-info.ts";
import { frameBytes } from "../wire/codec.ts";
import { composeHost, type Shell } from "./host.ts";
import { Inbox } from "./inbox.ts";
import type { Answers, Delivery } from "./peers.ts";
import { Requests } from "./requests.ts";
import { Turnstile } from "./turnstile.ts";
import { close } from "./socket.ts";
import { worthRepeating } from "./starting-over.ts";
import { snapshotOf, welcome } from "./welcome.ts";

const LOST_WITHOUT_CLOSE = 1006;

export class User extends DurableObject<Env> {
  readonly #shell: Shell;
  readonly #requests: Requests;
  readonly #inbox: Inbox;
  readonly #turnstile = new Turnstile();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    metrics.count("edgering_objects_built_total");
    this.#shell = composeHost(ctx, env, (connection, code) => {
      this.#gone(connection, code);
    });
    const { host, mailboxes, attendance } = this.#shell;
    this.#requests = new Requests(this.#shell);
    this.#inbox = new Inbox(
      host,
      (from, message) => receive(host, from, message),
      () => mailboxes.devices().length > 0,
    );
    // A guest gets messages of the chat and nothing else.
    if (isUserId(host.user)) {
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    }
    for (const connection of attendance.takeVanished()) this.#gone(connection, LOST_WITHOUT_CLOSE);
  }

  /** Takes a socket that the Worker has verified. */
  override async fetch(request: Request): Promise<Response> {
    const identity = readIdentity(request.headers.get(IDENTITY_HEADER) ?? "");
    const { host, attendance } = this.#shell;
    const wait = this.#turnstile.enter(host.now());
    if (wait > 0) {
      return plainText(429, "Too many requests\n", { "retry-after": String(wait) });
    }
    attendance.closeSilent();
    const { 0: client, 1: server } = new WebSocketPair();
    const { connection, missed, waited } = attendance.accept(server, host.uuid(), identity);
    metrics.count("edgering_sockets_opened_total");
    host.log("debug", "socket.open", { device: connection.label, resumed: missed !== undefined });
    if (connection.resume) welcome(this.#shell, connection, missed);
    for (const hook of hooks) hook.connected?.(host, connection, missed !== undefined);
    const live = new Set(snapshotOf(host, connection).map((call) => call.session_id));
    const isMember = hooks.some((hook) => hook.awaits?.(host, connection.device));
    for (const event of worthRepeating(waited, live, connection, isMember)) {
      host.sockets.deliver(event, [connection]);
    }
    host.expire();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const { attendance } = this.#shell;
    const connection = attendance.find(socket);
    if (!connection) return;
    attendance.heard(connection);
    if (frameBytes(frame, MAX_FRAME_BYTES) > MAX_FRAME_BYTES) {
      attendance.close(connection, closeCodes.tooBig);
    } else {
      await this.#requests.take(connection, frame);
    }
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    const connection = this.#shell.attendance.remove(socket);
    // Without an answer the client would wait for its own close event.
    close(socket, { code, reason });
    if (connection) this.#gone(connection, code);
  }

  override webSocketError(socket: WebSocket): void {
    const connection = this.#shell.attendance.remove(socket);
    if (connection) this.#gone(connection, LOST_WITHOUT_CLOSE);
  }

  override async alarm(): Promise<void> {
    const { host, alarms, attendance } = this.#shell;
    attendance.closeSilent();
    await alarms.run((name) => this.#ring(name), host.log);
  }

  /** Takes a delivery of another user's object. */
  async receive(delivery: Delivery): Promise<Answers> {
    this.#shell.attendance.closeSilent();
    return this.#inbox.take(delivery);
  }

  /** Answers a question of the HTTP side. */
  async ask(ask: Ask): Promise<{ status: number; json: string }> {
    const { status, body } = await answer(this.#shell.host, ask);
    return { status, json: JSON.stringify(body ?? {}) };
  }

  #ring(name: string): void | Promise<void> {
    const { host } = this.#shell;
    if (name === "expire") return host.expire();
    if (name === "lost") return this.#forgetLost();
    return ring(host, name);
  }

  #gone(connection: Connection, code: number): void {
    const { host } = this.#shell;
    this.#requests.drop(connection);
    metrics.count("edgering_sockets_closed_total");
    host.log("debug", "socket.closed", { device: connection.label, code });
    for (const hook of hooks) hook.disconnected?.(host, connection, { code });
    host.expire();
    this.#forgetLost();
  }

  /** Mailboxes of devices that stay away are cleared in time. */
  #forgetLost(): void {
    const { alarms, attendance } = this.#shell;
    const next = attendance.forgetLost();
    this.#inbox.forget();
    for (const hook of hooks) hook.forgotten?.(this.#shell.host);
    if (next === undefined) alarms.clear("lost");
    else alarms.set("lost", next);
  }
}
