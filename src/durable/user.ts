/** A user's object: the shell around the product. It knows sockets, alarms and peers, and no feature. */
import { DurableObject } from "cloudflare:workers";
import type { Config } from "../config.ts";
import { errorEvent, handle, hooks, receive, ring } from "../features/index.ts";
import type { Connection } from "../features/feature.ts";
import type { PeerMessage } from "../features/peer.ts";
import { IDENTITY_HEADER, readIdentity } from "../http/identity.ts";
import { plainText } from "../http/refusal.ts";
import { closeCodes, refuse } from "../protocol/errors.ts";
import { MAX_FRAME_BYTES } from "../protocol/message.ts";
import { frameBytes, open, read, sessionOf, typeOf, type Envelope } from "../wire/codec.ts";
import { FrameBudget } from "./frame-budget.ts";
import { composeHost, isHeld, type Shell } from "./host.ts";
import { Turnstile } from "./turnstile.ts";
import type { Answers, Delivery } from "./peers.ts";

/** Close codes that may be received but not sent (RFC 6455 section 7.4.1). */
const UNSENDABLE = new Set([1005, 1006, 1015]);
const LOST_WITHOUT_CLOSE = 1006;

export class User extends DurableObject<Env> {
  readonly #shell: Shell;
  readonly #budget: FrameBudget;
  readonly #turnstile = new Turnstile();
  /** Frames of one socket are handled one after the other. Lost by eviction only when empty. */
  readonly #turns = new Map<string, Promise<void>>();
  /** The last delivery of each peer, so that a repeated one has no second effect. In memory only. */
  readonly #delivered = new Map<string, { id: string; answers: Answers }>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#shell = composeHost(ctx, env);
    this.#budget = new FrameBudget(budgetOf(this.#shell.config));
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const connection of this.#shell.sockets.takeVanished()) {
      this.#gone(connection, LOST_WITHOUT_CLOSE);
    }
  }

  /** Takes a socket that the Worker has verified. */
  override async fetch(request: Request): Promise<Response> {
    const identity = readIdentity(request.headers.get(IDENTITY_HEADER) ?? "");
    const { host, sockets } = this.#shell;
    const wait = this.#turnstile.enter(host.now());
    if (wait > 0) {
      return plainText(429, "Too many requests\n", { "retry-after": String(wait) });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    const connection = sockets.accept(server, host.uuid(), identity, (device) =>
      isHeld(host, device),
    );
    host.log("debug", "socket.open", { device: connection.label });
    for (const hook of hooks) hook.connected?.(host, connection);
    host.expire();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const { host, sockets } = this.#shell;
    const connection = sockets.find(socket);
    if (!connection) return;
    if (frameBytes(frame, MAX_FRAME_BYTES) > MAX_FRAME_BYTES) {
      sockets.close(connection, closeCodes.tooBig);
      return;
    }
    const affordable = this.#budget.spend(connection.id, host.now());
    const before = this.#turns.get(connection.id) ?? Promise.resolve();
    const turn = before.then(() => this.#handle(connection, frame, affordable));
    this.#turns.set(connection.id, turn);
    await turn;
    if (this.#turns.get(connection.id) === turn) this.#turns.delete(connection.id);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    const connection = this.#shell.sockets.remove(socket);
    // Without an answer the client would wait for its own close event.
    if (socket.readyState !== WebSocket.CLOSED) {
      socket.close(UNSENDABLE.has(code) ? 1000 : code, reason);
    }
    if (connection) this.#gone(connection, code);
  }

  override webSocketError(socket: WebSocket): void {
    const connection = this.#shell.sockets.remove(socket);
    if (connection) this.#gone(connection, LOST_WITHOUT_CLOSE);
  }

  override async alarm(): Promise<void> {
    const { host, alarms } = this.#shell;
    await alarms.run((name) => (name === "expire" ? host.expire() : ring(host, name)), host.log);
  }

  /** Takes a delivery of another user's object. A repetition gets the answers of the first time. */
  async receive(delivery: Delivery): Promise<Answers> {
    const last = this.#delivered.get(delivery.from);
    if (last?.id === delivery.id) return last.answers;
    const answers = delivery.messages.map((message) => this.#answer(delivery.from, message));
    this.#delivered.set(delivery.from, { id: delivery.id, answers });
    return answers;
  }

  #answer(from: string, message: PeerMessage): Answers[number] {
    const { host } = this.#shell;
    try {
      return { reply: receive(host, from, message) };
    } catch (error) {
      host.log("error", "defect", { kind: message.kind, error: String(error) });
      return { failed: true };
    }
  }

  async #handle(
    connection: Connection,
    frame: string | ArrayBuffer,
    affordable: boolean,
  ): Promise<void> {
    const { host, sockets } = this.#shell;
    let envelope: Envelope | undefined;
    try {
      envelope = open(frame);
      if (!affordable) throw refuse.tooMany();
      await handle(host, connection, read(envelope));
    } catch (error) {
      const refused = envelope && {
        type: typeOf(envelope),
        session: sessionOf(envelope),
        ref: envelope.ref,
      };
      // Beyond the budget nothing else is judged, not even the form.
      const reason = affordable ? error : refuse.tooMany();
      sockets.deliver(errorEvent(host, reason, refused ?? {}), [connection]);
    }
  }

  #gone(connection: Connection, code: number): void {
    const { host } = this.#shell;
    this.#budget.drop(connection.id);
    host.log("debug", "socket.closed", { device: connection.label, code });
    for (const hook of hooks) hook.disconnected?.(host, connection, { code });
    host.expire();
  }
}

function budgetOf(config: Config) {
  return { perSecond: config.RATE_LIMIT_PER_SECOND, burst: config.RATE_LIMIT_BURST };
}
