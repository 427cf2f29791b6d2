/** A memory of what came last from whom, for as many as fit. */
export class Latest<T> {
  readonly #most: number;
  readonly #values = new Map<string, T>();

  /** @param most how many are remembered; who has been silent for longest makes room */
  constructor(most: number) {
    this.#most = most;
  }

  get(from: string): T | undefined {
    return this.#values.get(from);
  }

  set(from: string, value: T): void {
    this.#values.delete(from);
    this.#values.set(from, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest);
  }
}
