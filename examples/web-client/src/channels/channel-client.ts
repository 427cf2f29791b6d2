/**
 * Channels over one WebSocket of its own: subscriptions that outlive the socket. After a reconnect it
 * subscribes again with `since`, so that what was missed comes first; what was sent and not acknowledged
 * is sent again with the same id, and whoever gets it twice drops the second.
 */

/** A present user. */
export interface Present {
  readonly user_id: string;
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** A frame of a channel, whatever its type. */
export interface ChannelFrame {
  readonly type: string;
  readonly channel: string;
  readonly event?: string;
  readonly payload?: unknown;
  readonly user_id?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly users?: readonly Present[];
  readonly ts?: number;
  readonly offset?: number;
  readonly epoch?: string;
  readonly recovered?: boolean;
}

/** What somebody who follows a channel is told. */
export interface Follower {
  /** A broadcast or a change of presence; each broadcast once, in order. */
  frame(frame: ChannelFrame): void;
  /** Some broadcasts are gone for good. */
  gap?(): void;
  /** The service has refused something on this channel, and will again. */
  refused?(refusal: Refusal): void;
}

export interface Refusal {
  /** Type of the refused request. */
  readonly type: string;
  /** What `publish` had returned, if it was that. */
  readonly ref: string | undefined;
  /** The service's words. */
  readonly message: string;
}

interface Followed {
  readonly follower: Follower;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  position: { epoch: string; offset: number } | undefined;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Close codes after which the service asks not to come back. */
const FINAL: readonly number[] = [4001, 4002];

/** Where the socket stands. */
export type LinkState = "connecting" | "open" | "waiting" | "refused";

/** Follows channels. */
export class ChannelClient {
  readonly #address: string;
  readonly #told: (state: LinkState) => void;
  readonly #followed = new Map<string, Followed>();
  /** Requests that have no acknowledgement yet, in order. */
  readonly #unsent = new Map<string, string>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE_MS;
  #refs = 0;
  #wanted = false;

  constructor(address: string, told: (state: LinkState) => void) {
    this.#address = address;
    this.#told = told;
  }

  connect(): void {
    this.#wanted = true;
    addEventListener("online", this.#now);
    this.#open();
  }

  disconnect(): void {
    this.#wanted = false;
    removeEventListener("online", this.#now);
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = undefined;
  }

  /** Listens to everything on a channel, and is present there when there is something to show. */
  follow(channel: string, follower: Follower, meta?: Readonly<Record<string, unknown>>): void {
    const { position } = this.#followed.get(channel) ?? {};
    this.#followed.set(channel, { follower, meta, position });
    if (this.#socket?.readyState === WebSocket.OPEN) this.#subscribe(channel);
  }

  /** Stops listening and being present. */
  unfollow(channel: string): void {
    if (!this.#followed.delete(channel)) return;
    this.#say({ type: "presence_leave", channel });
    this.#say({ type: "unsubscribe", channel });
  }

  /** Publishes; sent again after a reconnect until it is acknowledged. Returns what names it in a refusal. */
  publish(channel: string, event: string, payload: unknown): string {
    const ref = this.#ref();
    const frame = JSON.stringify({ type: "broadcast", channel, event, payload, ref });
    this.#unsent.set(ref, frame);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
    return ref;
  }

  /** Changes what others see, if there is a connection; else the next one shows it. */
  show(channel: string, meta: Readonly<Record<string, unknown>>): void {
    const followed = this.#followed.get(channel);
    if (!followed) return;
    this.#followed.set(channel, { ...followed, meta });
    this.#say({ type: "presence_update", channel, payload: meta });
  }

  readonly #now = (): void => {
    if (this.#socket === undefined) this.#open();
  };

  #open(): void {
    clearTimeout(this.#timer);
    this.#told("connecting");
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      this.#pause = FIRST_PAUSE_MS;
      this.#told("open");
      for (const channel of this.#followed.keys()) this.#subscribe(channel);
      for (const frame of this.#unsent.values()) socket.send(frame);
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#take(JSON.parse(String(data)) as ChannelFrame & Reply);
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      if (!this.#wanted) return;
      // Replaced by another tab, or the token has ended: trying again cannot help.
      if (FINAL.includes(code)) return this.#told("refused");
      this.#told("waiting");
      this.#timer = setTimeout(this.#now, this.#pause * (0.5 + Math.random() / 2));
      if (!opened) this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    });
  }

  #subscribe(channel: string): void {
    const followed = this.#followed.get(channel);
    if (!followed) return;
    const { position, meta } = followed;
    const listen = ["broadcast", "presence"];
    const since = position === undefined ? {} : { since: position };
    this.#say({ type: "subscribe", channel, listen, ...since, ref: this.#ref() });
    if (meta) this.#say({ type: "presence_join", channel, payload: meta });
  }

  #take(frame: ChannelFrame & Reply): void {
    if (frame.ref !== undefined) this.#unsent.delete(frame.ref);
    if (frame.type === "error") return this.#refused(frame);
    const followed = this.#followed.get(frame.channel);
    if (!followed) return;
    const { epoch, offset } = frame;
    if (frame.type === "ack") {
      if (epoch === undefined || offset === undefined) return;
      if (followed.position !== undefined && frame.recovered === false) followed.follower.gap?.();
      if (frame.recovered !== true) followed.position = { epoch, offset };
      return;
    }
    if (epoch !== undefined && offset !== undefined) {
      const { position } = followed;
      if (position?.epoch === epoch && offset <= position.offset) return;
      followed.position = { epoch, offset };
    }
    followed.follower.frame(frame);
  }

  #refused({ payload, ref }: ChannelFrame & Reply): void {
    const { channel = "", ref_type: type = "", message = "" } = payload as Partial<Refused>;
    this.#followed.get(channel)?.follower.refused?.({ type, ref, message });
  }

  #say(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #ref(): string {
    this.#refs += 1;
    return `c${this.#refs}`;
  }
}

/** The payload of an error on a channel. */
interface Refused {
  readonly channel: string;
  readonly ref_type: string;
  readonly message: string;
}

interface Reply {
  readonly ref?: string;
}
