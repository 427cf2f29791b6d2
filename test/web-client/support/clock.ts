/** Lets every promise that can settle settle. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** Time that moves only when the test says so. */
export class Clock {
  now = 1_000_000;
  readonly #due = new Map<number, Due>();
  #next = 1;

  readonly setTimeout = (run: () => void, milliseconds: number): unknown => {
    this.#due.set(this.#next, { at: this.now + milliseconds, run });
    return this.#next++;
  };

  readonly clearTimeout = (handle: unknown): void => {
    this.#due.delete(handle as number);
  };

  /** How long until each pending timer, in milliseconds, soonest first. */
  pending(): number[] {
    return [...this.#due.values()].map(({ at }) => at - this.now).toSorted((a, b) => a - b);
  }

  /** Moves on, running what falls due in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await settle();
    for (;;) {
      const [next] = [...this.#due]
        .filter(([, { at }]) => at <= end)
        .toSorted(([, a], [, b]) => a.at - b.at);
      if (next === undefined) break;
      this.#due.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].run();
      await settle();
    }
    this.now = end;
  }
}
