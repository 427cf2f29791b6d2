/** What a place has yet to deliver to one user, in order, and who waits until that has been done. */
import type { Item } from "../features/place.ts";

/**
 * Most events that wait for one user; beyond it the user's sockets are closed rather than passed over.
 * What answers a request is not counted: a socket makes the next request when it has its answer.
 */
const LIMIT = { items: 2_048, bytes: 8_388_608 } as const;
/** Most in one delivery, in UTF-16 code units; the platform carries 32 MiB. */
const BATCH_LENGTH = 6_291_456;

/** What travels together. */
export interface Batch {
  readonly items: readonly Item[];
  /** Seats that could not keep up. */
  readonly broken: readonly string[];
}

const NOTHING: Batch = { items: [], broken: [] };

/** The box of one user. */
export class UserBox {
  #state: "idle" | "sending" | "stalled" = "idle";
  #items: Item[] = [];
  /** The delivery under way. */
  #sent = NOTHING;
  /** Count and length of the events among the items. */
  #events = 0;
  #length = 0;
  /** Seats that could not keep up. */
  readonly #broken = new Set<string>();
  #failures = 0;
  /** Counts of items that were ever taken and that have been delivered, or given up. */
  #taken = 0;
  #given = 0;
  #waiting: { readonly at: number; readonly resolve: (isDelivered: boolean) => void }[] = [];

  /** Whether a delivery is under way, or has failed. */
  get state(): "idle" | "sending" | "stalled" {
    return this.#state;
  }

  /** Whether there is nothing to deliver, besides what is under way. */
  get isEmpty(): boolean {
    return this.#items.length === 0 && this.#broken.size === 0;
  }

  /** Number of the oldest event that the user has yet to get. */
  get oldest(): number | undefined {
    return (firstOf(this.#sent.items) ?? firstOf(this.#items))?.number;
  }

  /** Adds an item; false when more waits now than may. */
  add(item: Item): boolean {
    // After a gap there must come nothing more; seats that were taken since know of no gap.
    const to = item.to.filter((seat) => !this.#broken.has(seat));
    if (to.length === 0) return true;
    this.#items.push(to.length === item.to.length ? item : { ...item, to });
    this.#taken += 1;
    this.#reckon([item], 1);
    return this.#events <= LIMIT.items && this.#length <= LIMIT.bytes;
  }

  /** These seats have missed something: nothing more is for them, and they have to start over. */
  close(seats: readonly string[]): void {
    for (const seat of seats) this.#broken.add(seat);
  }

  /** Gives up what waits, with the seats that it was for. */
  giveUp(seats: readonly string[]): void {
    this.close(seats);
    // What is under way may still arrive.
    const kept = this.#given + this.#sent.items.length;
    this.#given += this.#items.length;
    this.#items = [];
    this.#events = 0;
    this.#length = 0;
    this.#wake((at) => at > kept, false);
  }

  /** Takes as much as travels well together, and at least one item where there are any. */
  next(): Batch {
    let length = 0;
    let count = 0;
    for (const { json } of this.#items) {
      length += json.length;
      if (count > 0 && length > BATCH_LENGTH) break;
      count += 1;
    }
    const items = this.#items.splice(0, count);
    this.#reckon(items, -1);
    this.#state = "sending";
    this.#sent = { items, broken: [...this.#broken] };
    return this.#sent;
  }

  /** What was under way has been delivered. */
  delivered(): void {
    const { items, broken } = this.#sent;
    this.#sent = NOTHING;
    this.#failures = 0;
    for (const seat of broken) this.#broken.delete(seat);
    this.#given += items.length;
    this.#wake((at) => at <= this.#given, true);
  }

  /** What was under way goes back to its place in line. Returns how often in a row that was so. */
  failed(): number {
    const { items } = this.#sent;
    this.#sent = NOTHING;
    this.#state = "stalled";
    this.#items = [...items, ...this.#items];
    this.#reckon(items, 1);
    this.#failures += 1;
    return this.#failures;
  }

  /** Resolves when everything that was added so far has been delivered: true; or given up: false. */
  settled(): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.push({ at: this.#taken, resolve }));
  }

  /** The box is put away, empty: nobody waits any more. */
  putAway(): void {
    this.#wake(() => true, true);
  }

  #wake(isOver: (at: number) => boolean, isDelivered: boolean): void {
    const woken = this.#waiting.filter(({ at }) => isOver(at));
    this.#waiting = this.#waiting.filter(({ at }) => !isOver(at));
    for (const { resolve } of woken) resolve(isDelivered);
  }

  /** Counts events in or out. */
  #reckon(items: readonly Item[], sign: 1 | -1): void {
    for (const { number, json } of items) {
      if (number === undefined) continue;
      this.#events += sign;
      this.#length += sign * json.length;
    }
  }
}

/** Events lie in the order of their numbers; other items have none. */
function firstOf(items: readonly Item[]): Item | undefined {
  return items.find(({ number }) => number !== undefined);
}
