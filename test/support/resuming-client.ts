/**
 * A client that resumes, as docs/writing-a-client.md describes it: it counts events, proves who it is
 * on reconnecting, and sends requests again until it has their result.
 */

/** Opens a socket with that query, ready to be listened to. */
export type Dial = (query: string) => Promise<WebSocket>;

/** An event as it was received. */
export interface Numbered {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly seq?: number;
  readonly ref?: string;
  readonly ref_type?: string;
}

interface Asked {
  readonly frame: string;
  readonly resolve: (answer: Numbered) => void;
}

/** One device of a user, across its connections. */
export class ResumingClient {
  readonly user: string;
  readonly device: string;
  /** Every event, in order of arrival, apart from `welcome`. */
  readonly events: Numbered[] = [];
  readonly welcomes: Record<string, unknown>[] = [];
  /** Called after each event; a test cuts things here. */
  onEvent: () => void = () => {};
  /** Called with each `welcome`, before anything else happens. */
  onWelcome: (welcome: Readonly<Record<string, unknown>>) => void = () => {};
  /** Called when the socket closes without having been lost on purpose. */
  onClose: () => void = () => {};
  readonly #dial: Dial;
  readonly #asked = new Map<string, Asked>();
  readonly #waiting: { type: string; from: number; resolve: (event: Numbered) => void }[] = [];
  #socket: WebSocket | undefined;
  #seq = 0;
  #token = "";
  #refs = 0;
  #caughtUp: () => void = () => {};
  #ready: Promise<void> = Promise.resolve();
  /** What comes before has been asked again: a later request must not overtake it. */
  #flows = false;

  constructor(user: string, device: string, dial: Dial) {
    this.user = user;
    this.device = device;
    this.#dial = dial;
  }

  /** Connects, going on from the connection before. */
  connect(): Promise<void> {
    this.#ready = this.#open();
    return this.#ready;
  }

  /** Loses the socket: nothing that was sent to it arrives any more. Then comes back. */
  async cut(): Promise<void> {
    this.lose(4999);
    await this.connect();
  }

  /** Loses the socket and stays away. `code`: how the close is told, if at all. */
  lose(code?: number): void {
    const lost = this.#socket;
    this.#socket = undefined;
    lost?.close(code);
  }

  /** Loses the socket without a word, as when the other end has vanished. */
  forget(): void {
    this.#socket = undefined;
  }

  /** Gives up the requests that have no answer: they will not be sent again. */
  abandon(): void {
    this.#asked.clear();
  }

  /** Sends a request until it has its answer, error or acknowledgement. */
  request(type: string, payload: Record<string, unknown>): Promise<Numbered> {
    return this.ask(type, { payload });
  }

  /** The same for a message whose fields stand at top level. */
  ask(type: string, fields: Record<string, unknown>): Promise<Numbered> {
    this.#refs += 1;
    const ref = `${this.device}-${this.#refs}`;
    const frame = JSON.stringify({ type, ...fields, ref });
    return new Promise((resolve) => {
      this.#asked.set(ref, { frame, resolve });
      if (this.#flows && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
    });
  }

  /** The first event of that type, whether it has come already or not. */
  event(type: string, from = 0): Promise<Numbered> {
    const known = this.events.slice(from).find((event) => event.type === type);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.push({ type, from, resolve }));
  }

  async #open(): Promise<void> {
    const query = new URLSearchParams({ user_id: this.user, device: this.device, resume: "1" });
    if (this.#token) {
      query.set("resume_token", this.#token);
      query.set("seq", String(this.#seq));
    }
    const socket = await this.#dial(query.toString());
    this.#socket = socket;
    this.#flows = false;
    await new Promise<void>((welcomed) => {
      socket.addEventListener("close", () => {
        welcomed();
        if (socket !== this.#socket) return;
        this.#socket = undefined;
        this.onClose();
      });
      socket.addEventListener("message", ({ data }) => {
        if (socket !== this.#socket) return;
        const message = JSON.parse(String(data)) as Numbered;
        if (message.type === "welcome") this.#welcome(message.payload, welcomed);
        else this.#receive(message);
      });
    });
  }

  #welcome(payload: Record<string, unknown>, done: () => void): void {
    this.welcomes.push(payload);
    this.onWelcome(payload);
    this.#token = String(payload["resume_token"]);
    const latest = Number(payload["seq"]);
    if (payload["resumed"] !== true) this.#seq = latest;
    this.#caughtUp = () => {
      if (this.#seq < latest) return;
      this.#caughtUp = () => {};
      this.#flows = true;
      for (const { frame } of this.#asked.values()) this.#socket?.send(frame);
    };
    this.#caughtUp();
    done();
  }

  #receive(message: Numbered): void {
    this.events.push(message);
    this.#seq = message.seq ?? this.#seq;
    const asked = message.ref === undefined ? undefined : this.#asked.get(message.ref);
    if (asked && message.ref !== undefined) {
      this.#asked.delete(message.ref);
      asked.resolve(message);
    }
    for (const waiting of [...this.#waiting]) {
      if (waiting.type !== message.type || this.events.length <= waiting.from) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve(message);
    }
    // Only now is it known which requests are still without a result.
    this.#caughtUp();
    this.onEvent();
  }
}
