/** One world of users: what it has been through, and whether the model can explain it. */
import type { Step } from "./commands.ts";
import { Divergence, Monitor } from "./divergence.ts";
import { explains } from "./judge.ts";
import { outcomes } from "./model.ts";
import type { Operation } from "./operations.ts";
import { Resolver } from "./resolving.ts";
import { NO_CALL, SessionNames } from "./session-names.ts";
import { Stage } from "./stage.ts";
import { emptyState, type Person, type State } from "./state.ts";

/** A run of one world. The clock is the caller's. */
export class World {
  readonly people: readonly Person[];
  readonly history: Step[] = [];
  readonly names: SessionNames;
  /** The states the world may be in: where a race leaves several, later frames tell which. */
  states: readonly State[];
  readonly #stage: Stage;
  readonly #resolver: Resolver;
  readonly #latest = new Map<number, string>();
  readonly #monitor = new Monitor();
  #operations: readonly Operation[] = [];

  /** `tokens`: by user, for those who are named by the claim `hash`. */
  constructor(people: readonly Person[], tokens: readonly string[], now: number) {
    this.people = people;
    this.names = new SessionNames(people);
    this.states = [emptyState(now)];
    this.#stage = new Stage(people, tokens);
    this.#resolver = new Resolver(people);
  }

  /** Does the commands of a step at the same instant, and waits until their senders are served. */
  async act(step: Step): Promise<void> {
    this.history.push(step);
    for (const state of this.states) state.now = Date.now();
    const { length } = this.history;
    this.#operations = this.#resolver.resolve(step.commands, length, (user) => this.#callOf(user));
    const idOf = (name: string) => this.names.idOf(name);
    await Promise.all(this.#operations.map((operation) => this.#stage.perform(operation, idOf)));
  }

  /** Waits until all sockets have got what was sent to them. */
  flush(): Promise<void> {
    return this.#stage.flush();
  }

  /**
   * Holds what the sockets got to what the model expects.
   *
   * @throws {Divergence} when no outcome explains it
   */
  judge(): void {
    const heard = this.#stage.take();
    const learn = (answers: boolean) => {
      for (const { user, frames } of heard) {
        for (const frame of frames) {
          const isAnswer = frame.type === "call.ringing" && frame.ref !== undefined;
          if (isAnswer === answers)
            this.names.learn(user, frame, this.history.length, this.states, this.#operations);
        }
      }
    };
    // An answer says which start it belongs to; a ring does not.
    learn(true);
    learn(false);
    const seen = new Map(
      heard.map(({ key, frames }) => [key, frames.map((frame) => this.names.rename(frame))]),
    );
    const possible = this.states.flatMap((state) => outcomes(this.people, state, this.#operations));
    const fitting = possible.filter(({ frames }) => explains(frames, seen));
    if (fitting.length === 0) {
      throw new Divergence(this.history, this.#operations, seen, possible, this.states);
    }
    this.#monitor.check(seen, this.history);
    const distinct = new Map(fitting.map(({ state }) => [JSON.stringify(state), state]));
    this.states = [...distinct.values()];
    for (const { id, caller, callee } of this.states.flatMap(({ calls }) => calls)) {
      this.#latest.set(caller.user, id);
      this.#latest.set(callee.user, id);
    }
  }

  /** A user's latest call, if anybody has heard of it. */
  #callOf(user: number): string {
    const latest = this.#latest.get(user);
    return latest !== undefined && this.names.idOf(latest) !== undefined ? latest : NO_CALL;
  }
}
