/** From a frame to a handled request: budget, turn, codec, and the ledger of clients that resume. */
import type { Connection } from "../features/feature.ts";
import { errorEvent, handle, type Attempt } from "../features/index.ts";
import { metrics } from "../metrics.ts";
import { refuse } from "../protocol/errors.ts";
import { clientMessage } from "../protocol/index.ts";
import { aboutOf, open, read, typeOf, type Envelope, type Request } from "../wire/codec.ts";
import { FrameBudget } from "./frame-budget.ts";
import type { Shell } from "./host.ts";

/** Handles the frames of one user's sockets; those of one socket one after the other. */
export class Requests {
  readonly #shell: Shell;
  readonly #budget: FrameBudget;
  /** What each socket waits for. In memory: an object with work under way is not evicted. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(shell: Shell) {
    this.#shell = shell;
    const { RATE_LIMIT_PER_SECOND: perSecond, RATE_LIMIT_BURST: burst } = shell.config;
    this.#budget = new FrameBudget({ perSecond, burst });
  }

  /** Takes a frame and resolves when it has been handled. */
  async take(connection: Connection, frame: string | ArrayBuffer): Promise<void> {
    const { id } = connection;
    if (!this.#budget.spend(id, this.#shell.host.now())) {
      // At once, so that nothing piles up behind a slow request.
      this.#refuse(connection, openOrNot(frame), refuse.tooMany());
      return;
    }
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.then(() => this.#handle(connection, frame));
    this.#turns.set(id, turn);
    await turn;
    if (this.#turns.get(id) === turn) this.#turns.delete(id);
  }

  /** Forgets a socket. */
  drop(connection: Connection): void {
    this.#budget.drop(connection.id);
  }

  async #handle(connection: Connection, frame: string | ArrayBuffer): Promise<void> {
    let envelope: Envelope | undefined;
    try {
      envelope = open(frame);
      await this.#perform(connection, read(envelope));
    } catch (error) {
      this.#refuse(connection, envelope, error);
    }
  }

  #refuse(connection: Connection, envelope: Envelope | undefined, error: unknown): void {
    const { host, sockets } = this.#shell;
    const refused = envelope && {
      type: typeOf(envelope),
      about: aboutOf(envelope),
      ref: envelope.ref,
    };
    sockets.answer(errorEvent(host, error, refused ?? {}), connection);
  }

  async #perform(connection: Connection, request: Request): Promise<void> {
    const { host, ledger, sockets } = this.#shell;
    const { ref, type } = request;
    if (connection.guest && clientMessage(type)?.message.guests !== true) return;
    metrics.count("edgering_messages_total", { direction: "in", type });
    let attempt: Attempt = { id: host.uuid(), again: false };
    if (connection.resume && ref !== undefined) {
      const entry = ledger.open(connection.device, ref);
      // Under way at this moment: its answer will go to the device.
      if (!entry) return;
      if (entry.result) {
        sockets.answer(entry.result, connection);
        return;
      }
      attempt = entry;
    }
    await handle(host, connection, request, attempt);
  }
}

/** The frame's envelope, for the reference in it; nothing when it has none. */
function openOrNot(frame: string | ArrayBuffer): Envelope | undefined {
  try {
    return open(frame);
  } catch {
    return undefined;
  }
}
