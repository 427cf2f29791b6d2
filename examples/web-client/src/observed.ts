/** A state that is replaced as a whole with every change, and who wants to hear of it: what React asks for. */
export class Observed<State extends object> {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  readonly current = (): State => this.#state;

  /** Listens; returns the function that stops listening. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const changed of this.#listeners) changed();
  }
}
