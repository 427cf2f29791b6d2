/** Named alarms over the one alarm that an object has. */
import type { Alarms, Log, Storage } from "../core/ports.ts";

const ROW = "alarm:";
/** An alarm whose work failed is tried again after this long. */
const RETRY_MS = 2_000;
/** The platform refuses dates that are centuries away, which a token's `exp` may be. */
const FURTHEST_MS = 365 * 86_400_000;

/** The one alarm of an object, as the platform has it. */
export interface ObjectAlarm {
  setAlarm(at: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** A table of deadlines; the object's own alarm is always the earliest of them. */
export class NamedAlarms implements Alarms {
  readonly #storage: Storage;
  readonly #platform: ObjectAlarm;
  readonly #now: () => number;

  constructor(storage: Storage, platform: ObjectAlarm, now: () => number) {
    this.#storage = storage;
    this.#platform = platform;
    this.#now = now;
  }

  set(name: string, at: number): void {
    if (this.#storage.get<number>(ROW + name) === at) return;
    this.#storage.put(ROW + name, at);
    this.schedule();
  }

  clear(name: string): void {
    if (!this.has(name)) return;
    this.#storage.delete(ROW + name);
    this.schedule();
  }

  has(name: string): boolean {
    return this.#storage.get(ROW + name) !== undefined;
  }

  /**
   * Runs what is due, side by side, since one may wait for a store that is away. A row goes only after
   * its work is done, so that a reset in between cannot lose it. Work that throws comes again.
   */
  async run(work: (name: string) => void | Promise<void>, log: Log): Promise<void> {
    const due = this.#rows().filter(([, at]) => at <= this.#now());
    await Promise.all(due.map(([name, at]) => this.#perform(name, at, work, log)));
    this.schedule();
  }

  async #perform(
    name: string,
    at: number,
    work: (name: string) => void | Promise<void>,
    log: Log,
  ): Promise<void> {
    // Other work may have moved it meanwhile, or cleared it: then it is not due any more.
    const isSame = () => this.#storage.get<number>(ROW + name) === at;
    if (!isSame()) return;
    try {
      await work(name);
      if (isSame()) this.#storage.delete(ROW + name);
    } catch (error) {
      log("error", "alarm.failed", { name: name.split(":")[0], error: String(error) });
      if (isSame()) this.#storage.put(ROW + name, this.#now() + RETRY_MS);
    }
  }

  /** Points the object's alarm at the earliest deadline. */
  schedule(): void {
    const next = Math.min(...this.#rows().map(([, at]) => at));
    if (next === Infinity) void this.#platform.deleteAlarm();
    // An alarm that comes early does nothing but look again.
    else void this.#platform.setAlarm(Math.min(next, this.#now() + FURTHEST_MS));
  }

  #rows(): (readonly [name: string, at: number])[] {
    return [...this.#storage.list<number>(ROW)].map(([key, at]) => [key.slice(ROW.length), at]);
  }
}
