/** Devices that were here a moment ago: they still count as present for the grace. */
import type { Storage } from "../core/ports.ts";
import { MAILBOX_LIMIT } from "./mailbox.ts";

const ROW = "lost:";
/** Lost devices are forgotten after this long; no grace is longer. */
const KEPT_MS = MAILBOX_LIMIT.ageMs;

interface Lost {
  /** When its socket was lost, in milliseconds since the epoch. */
  readonly at: number;
  /** Unlabelled and on its own: the next such socket may take the device over. */
  readonly nameless: boolean;
  /** Number of the last event that was sent to it, if it counts its events. */
  readonly seq?: number;
}

/** Remembers lost devices, across evictions. */
export class LostDevices {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  add(device: string, lost: Lost): void {
    this.#storage.put(ROW + device, lost);
  }

  /** Takes a device that has come back. */
  found(device: string): Lost | undefined {
    const lost = this.#storage.get<Lost>(ROW + device);
    this.#storage.delete(ROW + device);
    return lost;
  }

  /** When the last one was lost. */
  last(): number | undefined {
    const times = this.#rows().map(([, { at }]) => at);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** When the first one will be forgotten. */
  next(): number | undefined {
    const times = this.#rows().map(([, { at }]) => at + KEPT_MS);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Unlabelled devices, each on its own. */
  nameless(): string[] {
    return this.#rows()
      .filter(([, { nameless }]) => nameless)
      .map(([device]) => device);
  }

  /** Forgets those that have been away for too long, and returns them. */
  forget(now: number): string[] {
    const gone = this.#rows()
      .filter(([, { at }]) => at <= now - KEPT_MS)
      .map(([device]) => device);
    for (const device of gone) this.found(device);
    return gone;
  }

  #rows(): (readonly [device: string, lost: Lost])[] {
    return [...this.#storage.list<Lost>(ROW)].map(([key, lost]) => [key.slice(ROW.length), lost]);
  }
}
