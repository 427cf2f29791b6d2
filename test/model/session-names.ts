/** The names that the model gives to calls, and the ids that the service gives them. */
import type { Seen } from "./judge.ts";
import type { Operation } from "./operations.ts";
import type { Person, State } from "./state.ts";

/** A call's id as it is spelled on the wire. */
const SESSION = /(?<="session_id":")[^"]*/g;
/** Stands for an id that belongs to no call that anybody has heard of. */
export const NO_CALL = "no call";

/** Learns ids as they appear. */
export class SessionNames {
  readonly #people: readonly Person[];
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(people: readonly Person[]) {
    this.#people = people;
  }

  /** Ids of all calls so far. */
  ids(): string[] {
    return [...this.#names.keys()];
  }

  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }

  /** A frame with names in the place of ids. */
  rename({ payload, ...frame }: Seen): Seen {
    const text = JSON.stringify(payload);
    const renamed = text.replaceAll(SESSION, (id) => this.#names.get(id) ?? NO_CALL);
    return { ...frame, payload: JSON.parse(renamed) as Seen["payload"] };
  }

  /**
   * Looks for a new id in a frame that says who called.
   *
   * @param user who got the frame
   * @param operations what the users have done in this step
   * @param step number of the step, for the name of a call that began in it
   */
  learn(
    user: number,
    { type, payload, ref }: Seen,
    step: number,
    states: readonly State[],
    operations: readonly Operation[],
  ): void {
    for (const call of [payload, ...((payload["calls"] ?? []) as Seen["payload"][])]) {
      const { session_id: id, caller_id, role, peer_id } = call;
      if (typeof id !== "string" || this.#names.has(id)) continue;
      const isMine = type === "call.ringing" || role === "caller";
      const caller = isMine
        ? user
        : this.#people.findIndex((one) => one.id === (caller_id ?? peer_id));
      if (caller < 0) continue;
      const began = operations.flatMap((one) =>
        isMine && one.do === "send" && one.type === "call.start" && one.ref === ref ? [one.id] : [],
      );
      // One that began earlier, when nobody was there to hear of it?
      const silent = states
        .flatMap(({ calls }) => calls)
        .find((known) => known.caller.user === caller && !this.#ids.has(known.id));
      const name = began[0] ?? silent?.id ?? `call ${step} of ${caller}`;
      this.#names.set(id, name);
      this.#ids.set(name, id);
    }
  }
}
