/** Where a peer's socket stands: opened, introduced by an app token, ended. And whom it lets in. */
import * as product from "../features/room-peers.ts";
import { appOfToken, mintSessionToken, sessionOfToken } from "../http/app-token.ts";
import { refuse } from "../protocol/errors.ts";
import { extra } from "../protocol/rooms.ts";
import { read } from "../wire/codec.ts";
import type { Incoming } from "../wire/peer-codec.ts";
import { SESSION, type PeerShell } from "./peer-host.ts";

const INVALID = "Token is not valid";

interface Session {
  readonly codec: string;
  /** The app, once it has been introduced. */
  readonly app?: string;
  /** What it says of itself: JSON text. */
  readonly info?: string;
  /** Signs session tokens when the deployer has set no secret: they are good for this socket only. */
  readonly key: string;
  readonly ended?: true;
}

/** The session of one socket. Survives hibernation: all of it is in storage. */
export class PeerSession {
  readonly #shell: PeerShell;

  constructor(shell: PeerShell) {
    this.#shell = shell;
  }

  begin(codec: string): void {
    this.#put({ codec, key: crypto.randomUUID() });
  }

  /** Whether there ever was a socket. */
  isKnown(): boolean {
    return this.#row() !== undefined;
  }

  isOpen(): boolean {
    return this.isKnown() && this.#row()?.ended !== true;
  }

  app(): string | undefined {
    return this.#row()?.app;
  }

  /** Ends the session; false when it had ended before. */
  end(): boolean {
    const row = this.#row();
    if (!row || row.ended) return false;
    this.#put({ ...row, ended: true });
    return true;
  }

  /** Takes the app token of a client; false when it is not good. */
  async introduce(token: unknown): Promise<boolean> {
    const { config, host, connection, id } = this.#shell;
    const app = await appOfToken(token, config, host.now() / 1_000);
    const row = this.#row();
    if (app === undefined || !row || row.ended) return false;
    this.#put({ ...row, app });
    product.introduce(host, connection, id, app);
    return true;
  }

  /**
   * Performs what a client asks.
   *
   * @throws {ProtocolError} when it is refused
   */
  async perform(incoming: Extract<Incoming, { kind: "auth" | "request" }>): Promise<product.Begun> {
    if (incoming.kind === "auth") return this.#authenticate(incoming);
    const { type, payload } = incoming;
    if (type === "") throw refuse.type();
    if (!(await this.#isOwnSession(incoming.auth))) {
      this.#shell.tell({ type: "auth.required", payload: { message: INVALID } });
      throw refuse.notAuthorized();
    }
    // The socket may have closed while the token was checked.
    if (!this.isOpen()) return {};
    const { host, connection } = this.#shell;
    const info = this.#row()?.info;
    const fields =
      info === undefined ? payload : { ...payload, peerinfo: JSON.parse(info) as unknown };
    const request = read({ body: { type, payload: fields }, bytes: 0 });
    // These clients tell null from absent.
    const data = Object.hasOwn(payload, "data") ? { data: payload["data"] } : {};
    return product.perform(host, connection, {
      ...request,
      payload: { ...request.payload, ...data },
    });
  }

  async #authenticate(incoming: Extract<Incoming, { kind: "auth" }>): Promise<product.Begun> {
    const { config, host, id } = this.#shell;
    const { token, peerinfo, data } = incoming;
    const seconds = host.now() / 1_000;
    const echo = data === undefined ? {} : { data };
    extra(data);
    const info = peerinfo ? extra(peerinfo) : undefined;
    const app = this.app();
    const named =
      (await appOfToken(token, config, seconds)) ??
      (await sessionOfToken(token, this.#key(), seconds))?.app;
    if (app === undefined || named !== app) {
      this.#shell.tell({ type: "auth.rejected", payload: { message: INVALID, ...echo } });
      throw refuse.notAuthorized();
    }
    const expires = seconds + config.TOKEN_LIFETIME;
    const minted = await mintSessionToken({ app, socket: id, expires }, this.#key());
    const row = this.#row();
    if (info !== undefined && row && !row.ended && row.info !== info) {
      this.#put({ ...row, info });
      product.changeInfo(host, id, info);
    }
    this.#shell.tell({ type: "auth.accepted", payload: { token: minted, ...echo } });
    return {};
  }

  async #isOwnSession(token: unknown): Promise<boolean> {
    const { host, id } = this.#shell;
    const session = await sessionOfToken(token, this.#key(), host.now() / 1_000);
    return session !== undefined && session.socket === id && session.app === this.app();
  }

  #key(): string {
    return this.#shell.config.APP_SECRET ?? this.#row()?.key ?? "";
  }

  #row(): Session | undefined {
    return this.#shell.host.storage.get<Session>(SESSION);
  }

  #put(row: Session): void {
    this.#shell.host.storage.put(SESSION, row);
  }
}
