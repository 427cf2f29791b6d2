/** What users' objects say to each other in a world, in order per pair, with faults on demand. */
import { PeerUnreachable, type Peers } from "../../../src/features/feature.ts";
import { receive } from "../../../src/features/index.ts";
import type { PeerKind, PeerMessage } from "../../../src/features/peer.ts";
import type { UserObject } from "./user-object.ts";

/** One message on its way; `back` is its answer's. */
export interface Journey {
  readonly from: string;
  readonly to: string;
  readonly kind: PeerKind;
  readonly leg: "there" | "back";
}

/** Which journeys a fault concerns; absent fields match all. */
export type Some = Partial<Journey>;

/** Journeys that wait until they are let go. */
export interface Held {
  /** How many wait. */
  count(): number;
  /** Lets all go that wait, and those that come later. */
  release(): void;
}

type Act = (journey: Journey) => void | Promise<void>;

/** The way between objects. */
export class Network {
  /** Says when each leg of a journey arrives; at once by default. */
  pace: Act = () => {};
  /** Every message that set out. */
  readonly sent: Journey[] = [];
  readonly #user: (name: string) => UserObject;
  readonly #world: { readonly faults: string[] };
  readonly #rules = new Set<{ readonly some: Some; readonly act: Act }>();
  readonly #repeated = new Set<Some>();
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(user: (name: string) => UserObject, world: { readonly faults: string[] }) {
    this.#user = user;
    this.#world = world;
  }

  /** Makes journeys fail until the returned function is called. */
  cut(some: Some): () => void {
    return this.#rule(some, () => {
      throw new PeerUnreachable("cut");
    });
  }

  /** Makes journeys wait. */
  hold(some: Some): Held {
    const waiting: (() => void)[] = [];
    const lift = this.#rule(some, () => new Promise<void>((resolve) => waiting.push(resolve)));
    return {
      count: () => waiting.length,
      release: () => {
        lift();
        for (const go of waiting.splice(0)) go();
      },
    };
  }

  /** Ends all faults; what is held stays where it is, as if it had been lost. */
  lift(): void {
    this.#rules.clear();
    this.#repeated.clear();
  }

  /** Delivers messages twice; the second answer is the one that counts, as after a reset. */
  repeat(some: Some): () => void {
    this.#repeated.add(some);
    return () => void this.#repeated.delete(some);
  }

  /** Forgets the order of what a user has sent, as a reset of that user's object does. */
  reset(from: string): void {
    for (const pair of this.#tails.keys())
      if (pair.startsWith(`${from}>`)) this.#tails.delete(pair);
  }

  /** The port of one user's object. */
  of(from: string): Peers {
    return {
      send: (to, kind, message) => {
        const pair = `${from}>${to}`;
        const sent = structuredClone({ kind, message }) as PeerMessage;
        const before = this.#tails.get(pair) ?? Promise.resolve();
        const delivery = before.then(() => this.#carry(from, to, sent));
        const settled = delivery.then(
          () => {},
          () => {},
        );
        this.#tails.set(pair, settled);
        return delivery as Promise<never>;
      },
    };
  }

  async #carry(from: string, to: string, message: PeerMessage): Promise<unknown> {
    const journey = { from, to, kind: message.kind };
    this.sent.push({ ...journey, leg: "there" });
    await this.#travel({ ...journey, leg: "there" });
    const repeated = [...this.#repeated].some((some) =>
      matches(some, { ...journey, leg: "there" }),
    );
    if (repeated) this.#deliver(from, to, message);
    const reply = this.#deliver(from, to, message);
    await this.#travel({ ...journey, leg: "back" });
    return structuredClone(reply);
  }

  #deliver(from: string, to: string, message: PeerMessage): unknown {
    try {
      return receive(this.#user(to).host, from, structuredClone(message));
    } catch (error) {
      this.#world.faults.push(`${message.kind}: ${String(error)}`);
      throw new PeerUnreachable("the receiver failed");
    }
  }

  async #travel(journey: Journey): Promise<void> {
    for (const { some, act } of this.#rules) if (matches(some, journey)) await act(journey);
    await this.pace(journey);
  }

  #rule(some: Some, act: Act): () => void {
    const rule = { some, act };
    this.#rules.add(rule);
    return () => void this.#rules.delete(rule);
  }
}

function matches(some: Some, journey: Journey): boolean {
  return Object.entries(some).every(([key, value]) => journey[key as keyof Journey] === value);
}
