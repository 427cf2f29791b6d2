/** A device on channels: it knows where it stands by what it has heard. */
import { Device } from "../ground/device.ts";
import type { Journal } from "../ground/journal.ts";

/** The place of a broadcast in a channel's history. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** One device of one user. What it says carries a number of its own. */
export class Listener {
  readonly device: Device;
  /** The last broadcast that it has handled, by channel. */
  readonly positions = new Map<string, Position>();
  #count = 0;
  /** How often it has started over. */
  #lives = 0;

  constructor(journal: Journal, user: string, label: string, resumes: boolean) {
    this.device = new Device(journal, user, label, resumes);
    this.device.onNote = (what) => {
      if (what === "began" || what === "connected") this.#lives += 1;
    };
    this.device.onFrame = ({ type, ref_type, channel, epoch, offset, recovered }) => {
      const isStart = type === "ack" && ref_type === "subscribe" && recovered !== true;
      if (type !== "broadcast" && !isStart) return;
      this.positions.set(String(channel), { epoch: String(epoch), offset: Number(offset) });
    };
  }

  get user(): string {
    return this.device.user;
  }

  get name(): string {
    return this.device.name;
  }

  get isHere(): boolean {
    return this.device.isHere;
  }

  /** `again`: with what it has missed. `silently`: as existing clients do, without a reference. */
  subscribe(channel: string, listen: readonly string[], again: boolean, silently = false): void {
    const since = again ? this.positions.get(channel) : undefined;
    const fields = { channel, listen, ...(since ? { since } : {}) };
    if (silently) this.device.tell("subscribe", fields);
    else void this.device.ask("subscribe", fields);
  }

  /** Publishes its next number. `silently`: as existing clients do, without a reference. */
  broadcast(channel: string, silently = false): void {
    this.#count += 1;
    const fields = { channel, event: "said", payload: this.#mark() };
    if (silently) this.device.tell("broadcast", fields);
    else void this.device.ask("broadcast", fields);
  }

  /** Joins, updates or leaves; what it shows is its next number. */
  present(type: string, channel: string, silently = false): void {
    this.#count += 1;
    const payload = type === "presence_leave" ? {} : { payload: { mark: this.#mark() } };
    if (silently) this.device.tell(type, { channel, ...payload });
    else void this.device.ask(type, { channel, ...payload });
  }

  /** Returns whether its subscriptions go on. */
  connect(): Promise<boolean> {
    return this.device.connect();
  }

  lose(code?: number): void {
    this.device.lose(code);
  }

  dropped(how: string): void {
    this.device.dropped(how);
  }

  #mark(): string {
    return `${this.name}#${this.#lives}#${this.#count}`;
  }
}
