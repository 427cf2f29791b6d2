/** How fast a socket may send: a token bucket each, in memory, since hibernation outlasts a refill. */

/** Rate and size of the buckets. */
export interface Budget {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts the frames of each socket. */
export class FrameBudget {
  readonly #budget: Budget;
  readonly #buckets = new Map<string, Bucket>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Takes a frame from a socket's budget; false when there is none left. `now` in milliseconds. */
  spend(id: string, now: number): boolean {
    const { perSecond, burst } = this.#budget;
    const bucket = this.#buckets.get(id) ?? { tokens: burst, at: now };
    const refill = (Math.max(0, now - bucket.at) * perSecond) / 1_000;
    bucket.tokens = Math.min(burst, bucket.tokens + refill);
    bucket.at = now;
    this.#buckets.set(id, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Forgets a socket. */
  drop(id: string): void {
    this.#buckets.delete(id);
  }
}
