/** A frame as the client sent it. */
export interface Sent {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly ref: string;
}

/** A WebSocket that the test opens, feeds and closes. It answers pings until it is `deaf`. */
export class FakeSocket extends EventTarget {
  readyState = 0;
  deaf = false;
  closedWith: number | undefined;
  pings = 0;
  readonly frames: Sent[] = [];
  readonly url: URL;

  constructor(url: string) {
    super();
    this.url = new URL(url);
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

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  drop(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  say(type: string, payload: Record<string, unknown>, ref?: string): void {
    this.raw(JSON.stringify({ type, payload, ...(ref === undefined ? {} : { ref }) }));
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
