/** A client's socket as the model test hears it: every frame in order, and the end. */
import type { Seen } from "./judge.ts";

/** Marks the requests that only measure when those before them are done. */
const PROBE = "probe-";
let probes = 0;

/** One open socket, or one that has closed. */
export class Line {
  readonly socket: WebSocket;
  readonly user: number;
  readonly #closed: Promise<void>;
  isOpen = true;
  #heard: Seen[] = [];
  readonly #waiting = new Map<string, () => void>();
  /** Number of the latest event, where the client opted in to resuming. */
  #seq: number | undefined;

  constructor(socket: WebSocket, user: number, resume: boolean) {
    this.socket = socket;
    this.user = user;
    if (resume) this.#seq = 0;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      this.#hear(JSON.parse(String(data)) as Record<string, unknown>);
    });
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        // The client's own close is no news.
        if (this.isOpen) this.#heard.push({ type: "#closed", payload: { code, reason } });
        this.isOpen = false;
        for (const wake of this.#waiting.values()) wake();
        resolve();
      });
    });
  }

  send(frame: Readonly<Record<string, unknown>>): void {
    if (this.isOpen) this.socket.send(JSON.stringify(frame));
  }

  /** Closes the socket as a client does, and waits until the service has answered. */
  async hangUp(code?: number): Promise<void> {
    this.isOpen = false;
    this.socket.close(code);
    await this.#closed;
  }

  /** Waits until all requests so far have been handled and their frames have come, or the socket closed. */
  async flush(): Promise<void> {
    if (!this.isOpen) return;
    probes += 1;
    const ref = PROBE + String(probes);
    const done = new Promise<void>((resolve) => this.#waiting.set(ref, resolve));
    this.send({ type: "test.probe", payload: {}, ref });
    await done;
    this.#waiting.delete(ref);
  }

  /** Takes what has been heard since the last time. */
  take(): Seen[] {
    return this.#heard.splice(0);
  }

  #hear({ type, ref, seq, payload, ...rest }: Record<string, unknown>): void {
    this.#count(String(type), seq);
    if (typeof ref === "string" && ref.startsWith(PROBE)) {
      // One of a socket before may come here, when the device has got this socket in the meantime.
      this.#waiting.get(ref)?.();
      return;
    }
    // Fields of a flat message stand at top level.
    const fields = { ...(payload as object | undefined), ...rest };
    this.#heard.push({
      type: String(type),
      payload: fields,
      ...(ref === undefined ? {} : { ref: ref as string }),
    });
  }

  /** Events of a client that opted in are numbered without a gap; others have no numbers. */
  #count(type: string, seq: unknown): void {
    if (type === "welcome") return;
    if (this.#seq !== undefined) this.#seq += 1;
    if (seq !== this.#seq)
      this.#heard.push({ type: "#misnumbered", payload: { type, seq, expected: this.#seq } });
  }
}
