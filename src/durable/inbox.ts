/** Deliveries of other users' objects, each taken once. */
import { Latest } from "../core/latest.ts";
import type { Host } from "../features/feature.ts";
import type { PeerMessage } from "../features/peer.ts";
import type { Answers, Delivery } from "./peers.ts";

const ROW = "delivered:";
/** Most peers whose last delivery is kept in memory. */
const REMEMBERED = 256;

interface Delivered {
  readonly id: string;
  readonly answers: Answers;
}

/**
 * Takes deliveries. Each peer has one under way at a time, so remembering the last one is enough to
 * recognise a repetition. It is written down only where a mailbox makes promises across a reset.
 */
export class Inbox {
  readonly #host: Pick<Host, "storage" | "log">;
  readonly #receive: (from: string, message: PeerMessage) => unknown;
  readonly #keepsPromises: () => boolean;
  readonly #last = new Latest<Delivered>(REMEMBERED);

  constructor(
    host: Pick<Host, "storage" | "log">,
    receive: (from: string, message: PeerMessage) => unknown,
    keepsPromises: () => boolean,
  ) {
    this.#host = host;
    this.#receive = receive;
    this.#keepsPromises = keepsPromises;
  }

  /** Takes a delivery; a repetition gets the answers of the first time. */
  take({ id, from, messages }: Delivery): Answers {
    const row = ROW + from;
    const last = this.#last.get(from) ?? this.#host.storage.get<Delivered>(row);
    if (last?.id === id) return last.answers;
    const answers = messages.map((message) => this.#answer(from, message));
    this.#last.set(from, { id, answers });
    if (this.#keepsPromises()) this.#host.storage.put(row, { id, answers });
    return answers;
  }

  /** Forgets what was only written down for promises that nobody waits for any more. */
  forget(): void {
    if (this.#keepsPromises()) return;
    for (const [row] of this.#host.storage.list(ROW)) this.#host.storage.delete(row);
  }

  #answer(from: string, message: PeerMessage): Answers[number] {
    try {
      return { reply: this.#receive(from, message) };
    } catch (error) {
      this.#host.log("error", "defect", { kind: message.kind, error: String(error) });
      return { failed: true };
    }
  }
}
