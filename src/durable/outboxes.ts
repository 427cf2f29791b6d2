/**
 * What a place has yet to deliver, by user. Each user's object has one delivery under way at a time;
 * what comes meanwhile shares the next one, and nobody waits for anybody else.
 */
import type { Item } from "../features/place.ts";
import { deliver, type Receiver } from "./peers.ts";
import { UserBox, type Batch } from "./user-box.ts";

/** When a user's object has failed so often in a row, its sockets have to start over. */
const MOST_FAILURES = 10;

/** What the outboxes need to know of their place. */
export interface Sender {
  /** Name of the object. */
  readonly place: string;
  readonly epoch: string;
  readonly stub: (user: string) => Receiver<never>;
  /** Nobody sits on these seats of a user any more. */
  readonly empty: (user: string, seats: readonly string[]) => void;
  /** A user could not keep up. Returns all its seats, which have to start over. */
  readonly giveUp: (user: string) => readonly string[];
  /** Nothing waits any more. */
  readonly drained: () => void;
  /** Something failed and has to be tried again. */
  readonly stalled: () => void;
}

/** Delivers items to users' objects, in order per user. */
export class Outboxes {
  readonly #sender: Sender;
  readonly #boxes = new Map<string, UserBox>();
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
    const firsts = [...this.#boxes.values()].flatMap(({ oldest }) => oldest ?? []);
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  }

  /** Adds an item for a user. It sets out at the next {@link flush}. */
  add(user: string, item: Item): void {
    const box = this.#boxOf(user);
    if (!box.add(item)) box.giveUp(this.#sender.giveUp(user));
  }

  /** These seats of a user have missed something: nothing more is for them, and they have to start over. */
  close(user: string, seats: readonly string[]): void {
    this.#boxOf(user).close(seats);
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
   * Resolves when everything that was added for a user so far has been delivered: true; or given up:
   * false. What fails is waited for until it is tried again: an answer that is lost with this object must be asked for again.
   */
  settled(user: string): Promise<boolean> {
    return this.#boxes.get(user)?.settled() ?? Promise.resolve(true);
  }

  /** Tries again what has failed. */
  retry(): void {
    for (const [user, box] of this.#boxes) {
      if (box.state === "stalled") void this.#drain(user, box);
    }
  }

  #boxOf(user: string): UserBox {
    this.#fresh.add(user);
    const box = this.#boxes.get(user) ?? new UserBox();
    this.#boxes.set(user, box);
    return box;
  }

  async #drain(user: string, box: UserBox): Promise<void> {
    while (!box.isEmpty) {
      const batch = box.next();
      if (!(await this.#send(user, batch))) {
        if (box.failed() % MOST_FAILURES === 0) box.giveUp(this.#sender.giveUp(user));
        this.#sender.stalled();
        return;
      }
      box.delivered();
      if (batch.broken.length > 0) this.#sender.empty(user, batch.broken);
    }
    this.#boxes.delete(user);
    box.putAway();
    if (this.#boxes.size === 0) this.#sender.drained();
  }

  async #send(user: string, { items, broken }: Batch): Promise<boolean> {
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
}
