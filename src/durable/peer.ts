/** The object of one socket that is not native: a peer of rooms, without a user. It knows no packets. */
import { DurableObject } from "cloudflare:workers";
import { closeCodes, ProtocolError, refuse } from "../protocol/errors.ts";
import { describe } from "../features/index.ts";
import { frameBytes } from "../wire/codec.ts";
import type { Incoming, PeerCodec } from "../wire/peer-codec.ts";
import { peerCodecs } from "../wire/peer-codecs.ts";
import { plainText } from "../http/refusal.ts";
import { FrameBudget } from "./frame-budget.ts";
import { Inbox } from "./inbox.ts";
import { composePeer, type PeerShell } from "./peer-host.ts";
import { PeerSession } from "./peer-session.ts";
import type { Answers, Delivery } from "./peers.ts";
import { close } from "./socket.ts";

const NORMAL = { code: 1000, reason: "" } as const;
const LATE = "late";
const PING = "ping";
const PONG = "pong";
/** Frames that end a session, which a budget must not hold up. */
const ENDINGS: ReadonlySet<Incoming["kind"]> = new Set(["leave", "broken"]);

export class Peer extends DurableObject<Env> {
  readonly #shell: PeerShell;
  readonly #session: PeerSession;
  readonly #inbox: Inbox;
  readonly #budget: FrameBudget;
  /** What the socket waits for: its frames are handled one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#shell = composePeer(ctx, env);
    const { host, config } = this.#shell;
    this.#session = new PeerSession(this.#shell);
    this.#inbox = new Inbox(
      host,
      (_, message) => this.#shell.receive(message),
      () => false,
    );
    const { RATE_LIMIT_PER_SECOND: perSecond, RATE_LIMIT_BURST: burst } = config;
    this.#budget = new FrameBudget({ perSecond, burst });
    // Its socket went with a deployment.
    if (!this.#shell.socket() && this.#session.isKnown()) this.#gone();
  }

  /** Takes a socket; the path says which codec it speaks. */
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const codec = peerCodecs.find(({ path }) => path === pathname);
    if (!codec || this.#session.isKnown()) return plainText(404, "404 page not found");
    const { config, host } = this.#shell;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#session.begin(codec.path);
    const heartbeat = {
      pingInterval: config.SIO_PING_INTERVAL_MS,
      pingTimeout: config.SIO_PING_TIMEOUT_MS,
    };
    this.#shell.send(codec.greet(heartbeat));
    host.alarms.set(LATE, host.now() + codec.patience);
    host.alarms.set(PING, host.now() + heartbeat.pingInterval);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(_: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const codec = this.#shell.codec();
    if (!codec || !this.#session.isOpen()) return;
    if (frameBytes(frame, codec.limit) > codec.limit) return this.#close(closeCodes.tooBig);
    const incoming = codec.read(frame);
    if (!ENDINGS.has(incoming.kind) && !this.#mayGoOn(incoming)) {
      const ack = "ack" in incoming ? incoming.ack : undefined;
      if (ack !== undefined) this.#shell.send(codec.settle(ack, refuse.tooMany()));
      return;
    }
    const turn = this.#turn.then(() => this.#handle(codec, incoming));
    // What fails once does not keep the socket from going on.
    this.#turn = turn.catch(() => {});
    await turn;
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    close(socket, { code, reason });
    this.#gone();
  }

  override webSocketError(): void {
    this.#gone();
  }

  override async alarm(): Promise<void> {
    const { alarms, host } = this.#shell;
    await alarms.run((name) => this.#ring(name), host.log);
    // Nothing of a peer outlives its socket, once its rooms have been told.
    if (!this.#session.isOpen() && !this.#shell.isNeeded()) await this.ctx.storage.deleteAll();
  }

  /** Takes a delivery of a room's object. */
  async receive(delivery: Delivery): Promise<Answers> {
    return this.#inbox.take(delivery);
  }

  /** Signs of life have a budget of their own: who has much to say still is there. */
  #mayGoOn({ kind }: Incoming): boolean {
    return this.#budget.spend(kind === "alive" ? PONG : "", this.#shell.host.now());
  }

  async #handle(codec: PeerCodec, incoming: Incoming): Promise<void> {
    if (!this.#session.isOpen()) return;
    const { host } = this.#shell;
    switch (incoming.kind) {
      case "nothing":
        return;
      case "reply":
        this.#shell.send(incoming.frame);
        return;
      case "alive":
        host.alarms.clear(PONG);
        host.alarms.set(PING, host.now() + this.#shell.config.SIO_PING_INTERVAL_MS);
        return;
      case "leave":
      case "broken":
        return this.#close(NORMAL);
      case "connect":
        return this.#connect(codec, incoming.token);
      case "auth":
      case "request":
        // A client that has not introduced itself has nothing to say.
        if (this.#session.app() === undefined) return this.#close(NORMAL);
        return this.#perform(codec, incoming);
    }
  }

  async #connect(codec: PeerCodec, token: unknown): Promise<void> {
    if (this.#session.app() !== undefined) return this.#close(NORMAL);
    const isKnown = await this.#session.introduce(token);
    if (!this.#session.isOpen()) return;
    this.#shell.host.alarms.clear(LATE);
    this.#shell.send(isKnown ? codec.welcome(this.#shell.id) : codec.farewell);
    if (!isKnown) this.#close(NORMAL);
  }

  async #perform(
    codec: PeerCodec,
    incoming: Extract<Incoming, { kind: "auth" | "request" }>,
  ): Promise<void> {
    const settle = (failure?: ProtocolError) => {
      if (incoming.ack !== undefined) this.#shell.send(codec.settle(incoming.ack, failure));
    };
    const fail = (error: unknown) => {
      const failure = this.#refusalOf(error);
      const event = codec.refusal(incoming.kind === "auth" ? "auth" : incoming.type, failure);
      if (event) this.#shell.tell(event);
      settle(failure);
    };
    try {
      const { later } = await this.#session.perform(incoming);
      if (later) this.#shell.host.background(later.then(() => settle(), fail));
      else settle();
    } catch (error) {
      fail(error);
    }
  }

  /** What a client may hear of a failure; the rest goes to the log. */
  #refusalOf(error: unknown): ProtocolError {
    const { log } = this.#shell.host;
    if (!(error instanceof ProtocolError)) {
      log("error", "defect", { error: String(error) });
      return refuse.failed("Internal server error");
    }
    if (error.cause !== undefined) log("warn", "request.failed", { error: describe(error.cause) });
    return error;
  }

  #ring(name: string): void | Promise<void> {
    const { host, config } = this.#shell;
    if (name === LATE || name === PONG) return this.#close(NORMAL);
    if (name !== PING) return this.#shell.ring(name);
    const codec = this.#shell.codec();
    if (codec) this.#shell.send(codec.ping);
    host.alarms.set(PONG, host.now() + config.SIO_PING_TIMEOUT_MS);
    return undefined;
  }

  /** Closes the socket. It is lost at once, whether its client answers or not. */
  #close(why: { readonly code: number; readonly reason: string }): void {
    const socket = this.#shell.socket();
    this.#gone();
    if (socket) close(socket, why);
  }

  #gone(): void {
    if (!this.#session.end()) return;
    const { host } = this.#shell;
    for (const name of [LATE, PING, PONG]) host.alarms.clear(name);
    this.#shell.depart();
    // To look once more, and to leave nothing behind.
    host.alarms.set("end", host.now());
  }
}
