/**
 * The way to other users' objects. Messages to one user keep their order: while a delivery is under
 * way, later messages gather and share the next one.
 */
import { PeerUnreachable } from "../features/feature.ts";
import type { PeerMessage, PeerMessages } from "../features/peer.ts";
import { mayRetry } from "../core/peer-failure.ts";

/** One delivery. The id lets the receiver recognise a repetition. */
export interface Delivery<Message = PeerMessage> {
  readonly id: string;
  readonly from: string;
  readonly messages: readonly Message[];
}

/** Answers to a delivery's messages, in order; `failed` where the receiver's code threw. */
export type Answers = readonly ({ readonly reply: unknown } | { readonly failed: true })[];

/** What another object offers. */
export interface Receiver<Message = PeerMessage> {
  receive(delivery: Delivery<Message>): Promise<Answers>;
}

/** A message as it travels. */
interface Letter {
  readonly kind: string;
  readonly message: unknown;
}

/** Messages by kind, each with its answer. */
type Kinds<All> = { readonly [K in keyof All]: { message: unknown; reply: unknown } };

interface Waiting {
  readonly message: Letter;
  readonly resolve: (reply: never) => void;
  readonly reject: (error: Error) => void;
}

const ATTEMPTS = 3;
/** Most messages in one delivery; the platform carries 32 MiB, and a message is at most 512 KiB. */
const BATCH = 32;
/** Most messages that wait for one peer. */
const QUEUE = 512;

/** Delivers messages to objects of one class, in order per object. */
export class PeerObjects<All extends Kinds<All> = PeerMessages> {
  readonly #self: string;
  readonly #stub: (user: string) => Receiver<never>;
  readonly #strict: boolean;
  /** The peer last spoken to, mostly that of the live call: the way to it need not be found anew. */
  #last: { readonly user: string; readonly stub: Receiver<never> } | undefined;
  readonly #queues = new Map<string, Waiting[]>();
  /** Ids of deliveries: unique across the lives of this object. */
  readonly #life = crypto.randomUUID();
  #count = 0;

  /** @param strict when a delivery fails, what waits behind it fails as well, and overtakes nothing */
  constructor(self: string, stub: (user: string) => Receiver<never>, strict = false) {
    this.#self = self;
    this.#stub = stub;
    this.#strict = strict;
  }

  send<K extends keyof All & string>(
    user: string,
    kind: K,
    message: All[K]["message"],
  ): Promise<All[K]["reply"]> {
    return new Promise((resolve, reject) => {
      const waiting = { message: { kind, message }, resolve, reject };
      const queue = this.#queues.get(user);
      if (queue && queue.length >= QUEUE)
        reject(new PeerUnreachable("too much waits for that peer"));
      else if (queue) queue.push(waiting);
      else void this.#drain(user, [waiting]);
    });
  }

  async #drain(user: string, first: Waiting[]): Promise<void> {
    const queue: Waiting[] = first;
    this.#queues.set(user, queue);
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH);
      const failure = await this.#deliver(user, batch);
      if (failure === undefined || !this.#strict) continue;
      for (const { reject } of queue.splice(0)) reject(failure);
    }
    this.#queues.delete(user);
  }

  /** Returns why nothing of it may have arrived, if so. */
  async #deliver(user: string, batch: readonly Waiting[]): Promise<PeerUnreachable | undefined> {
    this.#count += 1;
    const delivery = {
      id: `${this.#life}:${this.#count}`,
      from: this.#self,
      messages: batch.map(({ message }) => message),
    };
    let answers: Answers;
    try {
      answers = await deliver((attempt) => this.#stubOf(user, attempt), delivery);
    } catch (error) {
      this.#last = undefined;
      const failure = new PeerUnreachable("another user's object is out of reach", {
        cause: error,
      });
      for (const { reject } of batch) reject(failure);
      return failure;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const answer = answers[index];
      if (answer && "reply" in answer) resolve(answer.reply as never);
      else reject(new PeerUnreachable("another user's object failed"));
    }
    return undefined;
  }

  /** A stub that has seen a reset keeps failing, so a further attempt gets a fresh one. */
  #stubOf(user: string, attempt: number): Receiver<never> {
    if (attempt > 1 || this.#last?.user !== user) this.#last = { user, stub: this.#stub(user) };
    return this.#last.stub;
  }
}

/**
 * Makes a delivery, again on a fresh stub where the failure is one of the way.
 *
 * @param stub gives a stub for the attempt of that number, from 1
 * @throws what the last attempt threw
 */
export async function deliver<Message>(
  stub: (attempt: number) => Receiver<never>,
  delivery: Delivery<Message>,
): Promise<Answers> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (stub(attempt) as Receiver<Message>).receive(delivery);
    } catch (error) {
      if (attempt === ATTEMPTS || !mayRetry(error)) throw error;
    }
  }
}
