/** ICE servers of the service, asked for again before their credentials are over. */

/** When to ask again, as a part of the lifetime; and after a failure, in milliseconds. */
const RENEWED_AFTER = 0.8;
const RETRY_MS = 30_000;

interface Wanted {
  readonly server: string;
  readonly token: string;
  /** Told of other servers than before. */
  readonly changed: (servers: RTCIceServer[]) => void;
}

export class IceServers {
  current: RTCIceServer[] = [];
  readonly #wanted: Wanted;
  #timer: number | undefined;
  /** Rises with every ask and stop, so that a late answer can tell it is late. */
  #turn = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** Asks, and goes on asking until `stop`. Without an answer there are none, which is no error. */
  async ask(): Promise<void> {
    this.stop();
    const turn = this.#turn;
    const { server, token, changed } = this.#wanted;
    let next = RETRY_MS;
    try {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${server}/ice-servers`, { headers });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { iceServers, ttl } = (await response.json()) as {
        iceServers: RTCIceServer[];
        ttl: number;
      };
      this.current = iceServers;
      next = ttl * 1_000 * RENEWED_AFTER;
      changed(iceServers);
    } catch {
      // Tried again below.
    }
    if (turn === this.#turn) this.#timer = window.setTimeout(() => void this.ask(), next);
  }

  stop(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }
}
