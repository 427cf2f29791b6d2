/** How a device in the chaos is connected: as a client that resumes, or as one that does not. */
import { connect, type Client } from "../../support/client.ts";
import { ResumingClient } from "../../support/resuming-client.ts";
import { dial } from "../../support/resuming.ts";

/** A request that no service knows: its error says that all before it has been handled. */
export const PROBE = "test.probe";

/** A frame as it was received, its fields wherever the protocol has them. */
export interface Frame {
  readonly type: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  readonly ref_type?: string;
  readonly [field: string]: unknown;
}

/** A frame in a form to compare; its number apart. */
export function spelled(frame: Frame): string {
  return JSON.stringify({ ...frame, seq: undefined });
}

/** What a device is told of its connection. */
export interface Hearer {
  heard(frame: Frame): void;
  /**
   * What became of the connection. It came as `connected` (plain), `resumed` or `began` (resuming, with
   * or without what went before); anything else says how it was lost.
   */
  noted(what: string): void;
  /** A client that resumes starts over; `true` gives up the requests that have no answer. */
  startsOver?(): boolean;
}

/** The connection of one device of one user, across its sockets. */
export class Link {
  readonly user: string;
  readonly label: string;
  /** Says how it comes back after a loss. */
  readonly resumes: boolean;
  isHere = false;
  readonly #hearer: Hearer;
  readonly #resuming: ResumingClient;
  readonly #asked = new Map<string, () => void>();
  #plain: Client | undefined;
  #refs = 0;
  #taken = 0;
  #settling: (() => void)[] = [];

  constructor(user: string, label: string, resumes: boolean, hearer: Hearer) {
    this.user = user;
    this.label = label;
    this.resumes = resumes;
    this.#hearer = hearer;
    this.#resuming = new ResumingClient(user, label, dial);
    this.#resuming.onEvent = () => {
      for (; this.#taken < this.#resuming.events.length; this.#taken += 1) {
        const event = this.#resuming.events[this.#taken];
        if (event) this.#hear(event as unknown as Frame);
      }
    };
    this.#resuming.onWelcome = ({ resumed }) => {
      hearer.noted(resumed === true ? "resumed" : "began");
      if (resumed !== true && hearer.startsOver?.() === true) {
        this.#resuming.abandon();
        this.#settleAll();
      }
    };
    this.#resuming.onClose = () => {
      this.dropped("closed");
    };
  }

  get name(): string {
    return `${this.user}/${this.label}`;
  }

  /** Whether a request has no answer yet. */
  get waits(): boolean {
    return this.#asked.size > 0;
  }

  /**
   * Sends a request with a reference. `answered` resolves when it has its answer, or never will.
   */
  ask(
    type: string,
    fields: Readonly<Record<string, unknown>>,
  ): { ref: string; answered: Promise<void> } {
    this.#refs += 1;
    // A resuming client counts its references by itself, in the same way.
    const ref = `${this.label}-${this.#refs}`;
    if (!this.resumes && !this.isHere) return { ref, answered: Promise.resolve() };
    const answered = new Promise<void>((resolve) => this.#asked.set(ref, resolve));
    if (this.resumes) void this.#resuming.ask(type, fields);
    else this.#plain?.raw(JSON.stringify({ type, ...fields, ref }));
    return { ref, answered };
  }

  /** Sends a request as existing clients do, without a reference. For plain devices only. */
  tell(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#plain?.raw(JSON.stringify({ type, ...fields }));
  }

  /** Waits until the service has handled what was sent before, or the socket is lost. */
  settled(): Promise<void> {
    if (!this.isHere) return Promise.resolve();
    const lost = new Promise<void>((resolve) => this.#settling.push(resolve));
    return Promise.race([this.ask(PROBE, {}).answered, lost]);
  }

  /** Connects, or comes back. Returns what a client that resumes is told first. */
  async connect(): Promise<Readonly<Record<string, unknown>>> {
    this.isHere = true;
    if (!this.resumes) {
      const client = await connect(this.user, `device=${this.label}`);
      this.#plain = client;
      this.#hearer.noted("connected");
      void this.#listen(client);
      void client.closed.then(() => {
        if (client === this.#plain) this.dropped("closed");
      });
      return {};
    }
    await this.#resuming.connect();
    return this.#resuming.welcomes.at(-1) ?? {};
  }

  /** Loses its socket. `code`: what its close frame says, if it says anything. */
  lose(code?: number): void {
    const plain = this.#plain;
    // Before it is forgotten.
    if (this.resumes) this.#resuming.lose(code);
    this.dropped(`lost ${code ?? ""}`);
    plain?.close(code);
  }

  /** Its socket is gone. */
  dropped(how: string): void {
    if (!this.isHere) return;
    this.isHere = false;
    this.#plain = undefined;
    if (this.resumes) this.#resuming.forget();
    this.#hearer.noted(how);
    for (const lost of this.#settling.splice(0)) lost();
    if (!this.resumes) this.#settleAll();
  }

  #settleAll(): void {
    for (const resolve of this.#asked.values()) resolve();
    this.#asked.clear();
  }

  async #listen(client: Client): Promise<void> {
    for (;;) {
      const message = await client.nextMessage();
      if (client === this.#plain) this.#hear(message as unknown as Frame);
    }
  }

  #hear(frame: Frame): void {
    this.#hearer.heard(frame);
    if (frame.ref === undefined) return;
    this.#asked.get(frame.ref)?.();
    this.#asked.delete(frame.ref);
  }
}
