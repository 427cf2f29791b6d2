/**
 * What a place has yet to deliver, by user. Each user's object has one delivery under way at a time;
 * what comes meanwhile shares the next one, and nobody waits for anybody else.
 */
import type { Item } from "../features/place.ts";
import { deliver, type Receiver } from "./peers.ts";

/**
 * Most events that wait for one user; beyond it the user's sockets are closed rather than passed over.
 * What answers a request is not counted: a socket makes the next request when it has its answer.
 */
const LIMIT = { items: 2_048, bytes: 8_388_608 } as const;
/** Most in one delivery, in UTF-16 code units; the platform carries 32 MiB. */
const BATCH_LENGTH = 6_291_456;
/** When a user's object has failed so often in a row, its sockets have to start over. */
const MOST_FAILURES = 10;

interface Box {
  items: Item[];
  /** The delivery under way. */
  sent: readonly Item[];
  /** Count and length of the events among them. */
  events: number;
  length: number;
  /** Seats that could not keep up. */
  broken: Set<string>;
  state: "idle" | "sending" | "stalled";
  failures: number;
  /** Counts of items that were ever taken and that have been delivered. */
  taken: number;
  given: number;
  waiting: { readonly at: number; readonly resolve: () => void }[];
}

/** What the outboxes need to know of their place. */
export interface Sender {
  /** Name of the object. */
  readonly place: string;
  readonly epoch: string;
  readonly stub: (user: string) => Receiver<never>;
  /** Nobody sits on these seats of a user any more. */
  readonly empty: (user: string, seats: readonly string[]) => void;
  /** All seats of a user, which could not keep up. */
  readonly seats: (user: string) => readonly string[];
  /** Nothing waits any more. */
  readonly drained: () => void;
  /** Something failed and has to be tried again. */
  readonly stalled: () => void;
}

/** Delivers items to users' objects, in order per user. */
export class Outboxes {
  readonly #sender: Sender;
  readonly #boxes = new Map<string, Box>();
  readonly #fresh = new Set<string>();
  readonly #life = crypto.randomUUID();
  #count = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Whether something has yet to be delivered. */
  get isBusy(): boolean {
    return this.#boxes.size > 0;
  }

  /** Number of the oldest event that somebody has yet to get. */
  get oldest(): number | undefined {
    const firsts = [...this.#boxes.values()].flatMap(
      ({ sent, items }) => (firstOf(sent) ?? firstOf(items))?.number ?? [],
    );
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  }

  /** Adds an item for a user. It sets out at the next {@link flush}. */
  add(user: string, item: Item): void {
    const box = this.#boxOf(user);
    // After a gap there must come nothing more; seats that were taken since know of no gap.
    const to = item.to.filter((seat) => !box.broken.has(seat));
    if (to.length === 0) return;
    box.items.push(to.length === item.to.length ? item : { ...item, to });
    box.taken += 1;
    reckon(box, [item], 1);
    if (box.events > LIMIT.items || box.length > LIMIT.bytes) this.#breakOff(user, box);
  }

  /** These seats of a user have missed something: nothing more is for them, and they have to start over. */
  close(user: string, seats: readonly string[]): void {
    const { broken } = this.#boxOf(user);
    for (const seat of seats) broken.add(seat);
  }

  /** Sends what has been added. What was added together travels together. */
  flush(): void {
    for (const user of this.#fresh) {
      const box = this.#boxes.get(user);
      if (box?.state === "idle") void this.#drain(user, box);
    }
    this.#fresh.clear();
  }

  /**
   * Resolves when everything that was added for a user so far has been delivered, or given up. What fails
   * is waited for until it is tried again: an answer that is lost with this object must be asked for again.
   */
  settled(user: string): Promise<void> {
    const box = this.#boxes.get(user);
    if (!box) return Promise.resolve();
    return new Promise((resolve) => box.waiting.push({ at: box.taken, resolve }));
  }

  /** Tries again what has failed. */
  retry(): void {
    for (const [user, box] of this.#boxes) {
      if (box.state === "stalled") void this.#drain(user, box);
    }
  }

  #boxOf(user: string): Box {
    this.#fresh.add(user);
    const known = this.#boxes.get(user);
    if (known) return known;
    const box: Box = {
      items: [],
      sent: [],
      events: 0,
      length: 0,
      broken: new Set(),
      state: "idle",
      failures: 0,
      taken: 0,
      given: 0,
      waiting: [],
    };
    this.#boxes.set(user, box);
    return box;
  }

  #breakOff(user: string, box: Box): void {
    for (const seat of this.#sender.seats(user)) box.broken.add(seat);
    box.given += box.items.length;
    box.items = [];
    box.events = 0;
    box.length = 0;
    this.#wake(box, box.given);
  }

  async #drain(user: string, box: Box): Promise<void> {
    box.state = "sending";
    while (box.items.length > 0 || box.broken.size > 0) {
      const items = batchOf(box);
      const broken = [...box.broken];
      box.sent = items;
      const isDone = await this.#send(user, items, broken);
      box.sent = [];
      if (!isDone) {
        this.#stall(user, box, items);
        return;
      }
      box.failures = 0;
      for (const seat of broken) box.broken.delete(seat);
      if (broken.length > 0) this.#sender.empty(user, broken);
      box.given += items.length;
      this.#wake(box, box.given);
    }
    this.#boxes.delete(user);
    this.#wake(box, Infinity);
    if (this.#boxes.size === 0) this.#sender.drained();
  }

  async #send(user: string, items: readonly Item[], broken: readonly string[]): Promise<boolean> {
    const { place, epoch, stub, empty } = this.#sender;
    this.#count += 1;
    const message = { place, epoch, items, ...(broken.length > 0 ? { broken } : {}) };
    try {
      const [answer] = await deliver(() => stub(user), {
        id: `${this.#life}:${this.#count}`,
        from: place,
        messages: [{ kind: "place.events", message }],
      });
      if (!answer || !("reply" in answer)) return false;
      const reply = answer.reply as { empty: readonly string[] };
      if (reply.empty.length > 0) empty(user, reply.empty);
      return true;
    } catch {
      return false;
    }
  }

  /** What failed goes back to its place in line. */
  #stall(user: string, box: Box, items: readonly Item[]): void {
    box.state = "stalled";
    box.failures += 1;
    box.items = [...items, ...box.items];
    reckon(box, items, 1);
    if (box.failures >= MOST_FAILURES) this.#breakOff(user, box);
    this.#sender.stalled();
  }

  #wake(box: Box, given: number): void {
    const woken = box.waiting.filter(({ at }) => at <= given);
    box.waiting = box.waiting.filter(({ at }) => at > given);
    for (const { resolve } of woken) resolve();
  }
}

/** Takes as much as travels well together, and at least one. */
function batchOf(box: Box): Item[] {
  let length = 0;
  let count = 0;
  for (const { json } of box.items) {
    length += json.length;
    if (count > 0 && length > BATCH_LENGTH) break;
    count += 1;
  }
  const items = box.items.splice(0, count);
  reckon(box, items, -1);
  return items;
}

/** Events lie in the order of their numbers; other items have none. */
function firstOf(items: readonly Item[]): Item | undefined {
  return items.find(({ number }) => number !== undefined);
}

/** Counts events in or out. */
function reckon(box: Box, items: readonly Item[], sign: 1 | -1): void {
  for (const { number, json } of items) {
    if (number === undefined) continue;
    box.events += sign;
    box.length += sign * json.length;
  }
}
