/**
 * Requests of clients that resume, by device and reference: a request that comes again after a
 * reconnect gets the first result and has no second effect.
 */
import type { Storage } from "../core/ports.ts";
import type { Outgoing } from "../features/connection.ts";

const ROW = "request:";
/** Most results kept for a device, and for how long, in milliseconds. */
const KEPT = 64;
const KEPT_MS = 300_000;

/** A request as it is remembered. */
export interface Entry {
  readonly at: number;
  /** A fresh id for whatever the request creates, the same when it comes again. */
  readonly id: string;
  /** Its answer, error or acknowledgement, once there is one. */
  readonly result?: Outgoing;
}

/** Remembers requests and their results. */
export class RequestLedger {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #uuid: () => string;
  /** Requests under way: a repetition waits for their answer, which goes to the device. */
  readonly #underWay = new Set<string>();

  constructor(storage: Storage, now: () => number, uuid: () => string) {
    this.#storage = storage;
    this.#now = now;
    this.#uuid = uuid;
  }

  /**
   * Opens a request.
   *
   * @returns its entry; `again` when it was begun before; nothing when it is under way at this moment.
   */
  open(device: string, ref: string): (Entry & { readonly again: boolean }) | undefined {
    const key = keyOf(device, ref);
    if (this.#underWay.has(key)) return undefined;
    const known = this.#storage.get<Entry>(key);
    if (known && known.at > this.#now() - KEPT_MS) {
      if (known.result === undefined) this.#underWay.add(key);
      return { ...known, again: true };
    }
    this.#prune(device);
    const entry: Entry = { at: this.#now(), id: this.#uuid() };
    this.#storage.put(key, entry);
    this.#underWay.add(key);
    return { ...entry, again: false };
  }

  /** Writes a request's result down. */
  settle(device: string, ref: string, result: Outgoing): void {
    const key = keyOf(device, ref);
    const known = this.#storage.get<Entry>(key);
    this.#underWay.delete(key);
    if (known) this.#storage.put(key, { ...known, result } satisfies Entry);
  }

  /** Whether a request has its result. */
  isAnswered(device: string, ref: string): boolean {
    return this.#storage.get<Entry>(keyOf(device, ref))?.result !== undefined;
  }

  /** A request is not under way any more, and has no result: it may come again. */
  reopen(device: string, ref: string): void {
    this.#underWay.delete(keyOf(device, ref));
  }

  /** Forgets the requests of a device that starts over. */
  drop(device: string): void {
    for (const [key] of this.#storage.list(prefixOf(device))) {
      this.#storage.delete(key);
      this.#underWay.delete(key);
    }
  }

  #prune(device: string): void {
    const entries = [...this.#storage.list<Entry>(prefixOf(device))];
    const stale = entries.filter(([, { at }]) => at <= this.#now() - KEPT_MS);
    const oldest = entries
      .toSorted(([, a], [, b]) => a.at - b.at)
      .slice(0, Math.max(0, entries.length - KEPT + 1));
    for (const [key] of [...stale, ...oldest]) this.#storage.delete(key);
  }
}

const prefixOf = (device: string) => `${ROW}${JSON.stringify(device)}:`;
const keyOf = (device: string, ref: string) => prefixOf(device) + ref;
