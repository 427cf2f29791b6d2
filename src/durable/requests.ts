/** From a frame to a handled request: budget, turn, codec, and the ledger of clients that resume. */
import type { Connection } from "../features/connection.ts";
import { errorEvent, handle, type Attempt } from "../features/index.ts";
import { metrics } from "../metrics.ts";
import { refuse } from "../protocol/errors.ts";
import { clientMessage } from "../protocol/index.ts";
import { aboutOf, open, read, typeOf, type Envelope, type Request } from "../wire/codec.ts";
import { FrameBudget } from "./frame-budget.ts";
import type { Shell } from "./host.ts";

/** Room in a socket's line, whatever its burst may be. */
const LEAST_WAITING = 256;

/** The requests of one socket that are not done yet. */
interface Line {
  last: Promise<void>;
  waiting: number;
}

/** Handles the frames of one user's sockets; those of one socket one after the other. */
export class Requests {
  readonly #shell: Shell;
  readonly #budget: FrameBudget;
  /** What each socket waits for. In memory: an object with work under way is not evicted. */
  readonly #turns = new Map<string, Line>();
  /** A socket that sends faster than its requests can be handled is refused beyond that. */
  readonly #mostWaiting: number;

  constructor(shell: Shell) {
    this.#shell = shell;
    const { RATE_LIMIT_PER_SECOND: perSecond, RATE_LIMIT_BURST: burst } = shell.config;
    this.#budget = new FrameBudget({ perSecond, burst });
    this.#mostWaiting = Math.max(LEAST_WAITING, 2 * burst);
  }

  /** Takes a frame and resolves when it has been handled. */
  async take(connection: Connection, frame: string | ArrayBuffer): Promise<void> {
    const { id } = connection;
    if (!this.#budget.spend(id, this.#shell.host.now())) {
      // At once, so that nothing piles up behind a slow request.
      this.#refuse(connection, openOrNot(frame), refuse.tooMany());
      return;
    }
    const line = this.#turns.get(id) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= this.#mostWaiting) {
      this.#refuse(connection, openOrNot(frame), refuse.tooMany());
      return;
    }
    const work = () => this.#handle(connection, frame);
    // Whatever became of the one before, this one has its turn.
    const turn = line.last.then(work, work);
    this.#turns.set(id, line);
    line.last = turn;
    line.waiting += 1;
    try {
      await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#turns.delete(id);
    }
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
    const { host } = this.#shell;
    const refused = envelope && {
      type: typeOf(envelope),
      about: aboutOf(envelope),
      ref: envelope.ref,
    };
    host.sockets.answer(errorEvent(host, error, refused ?? {}), connection);
  }

  async #perform(connection: Connection, request: Request): Promise<void> {
    const { host, ledger } = this.#shell;
    const { ref, type } = request;
    if (connection.guest && clientMessage(type)?.message.guests !== true) return;
    metrics.count("edgering_messages_total", { direction: "in", type });
    let attempt: Attempt = { id: host.uuid(), again: false };
    if (connection.resume && ref !== undefined) {
      const entry = ledger.open(connection.device, ref);
      // Under way at this moment: its answer will go to the device.
      if (!entry) return;
      if (entry.result) {
        host.sockets.answer(entry.result, connection);
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
