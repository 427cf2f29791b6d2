/** A frame as the client sent it. */
export interface Sent {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly ref: string;
}

/** What `welcome` may say otherwise. */
export type Welcome = Partial<typeof WELCOME & { seq: number; resumed: boolean }>;

const WELCOME = {
  connection_id: "connection",
  epoch: "epoch-1",
  resume_token: "proof-1",
  heartbeat_seconds: 25,
  reconnect_jitter_ms: 10_000,
  server_time: 1_000_000,
  calls: [] as readonly Record<string, unknown>[],
};

/** A WebSocket that the test opens, feeds and closes. It answers pings until it is `deaf`. */
export class FakeSocket extends EventTarget {
  readyState = 0;
  deaf = false;
  closedWith: number | undefined;
  pings = 0;
  readonly frames: Sent[] = [];
  readonly url: URL;
  /** Number of the last event that the client has, or that was said on this socket. */
  seq: number;

  constructor(url: string) {
    super();
    this.url = new URL(url);
    this.seq = Number(this.url.searchParams.get("seq") ?? 0);
  }

  send(data: string): void {
    if (this.readyState !== 1) throw new Error("InvalidStateError: the socket is not open");
    if (data === "ping") {
      this.pings += 1;
      if (!this.deaf) queueMicrotask(() => this.raw("pong"));
      return;
    }
    this.frames.push(JSON.parse(data) as Sent);
  }

  close(code = 1005): void {
    this.readyState = 3;
    this.closedWith = code;
  }

  // The test's side

  /** Opens and is welcomed; a client that brings its token is resumed, unless `welcome` says else. */
  open(welcome: Welcome = {}): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
    const resumed = this.url.searchParams.has("resume_token");
    if (welcome.resumed === false) this.seq = 0;
    const payload = { ...WELCOME, seq: this.seq, resumed, ...welcome };
    this.raw(JSON.stringify({ type: "welcome", payload }));
  }

  drop(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  /** The next numbered event. */
  say(type: string, payload: Record<string, unknown>, ref?: string): void {
    const seq = ++this.seq;
    this.raw(JSON.stringify({ type, payload, ...(ref === undefined ? {} : { ref }), seq }));
  }

  raw(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  last(type: string): Sent {
    const found = this.frames.findLast((frame) => frame.type === type);
    if (found === undefined)
      throw new Error(`no ${type} was sent, only: ${this.types().join(", ")}`);
    return found;
  }
}
