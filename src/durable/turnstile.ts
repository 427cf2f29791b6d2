/** How often one user may open a socket: 30 times in 10 seconds. In memory: a user that hammers is awake. */

const SOCKETS = 30;
const WINDOW_MS = 10_000;

/** Counts new sockets of one user. */
export class Turnstile {
  #recent: number[] = [];

  /** Lets a socket in and returns 0, or returns the seconds to wait. `now` in milliseconds. */
  enter(now: number): number {
    this.#recent = this.#recent.filter((at) => at > now - WINDOW_MS);
    const [oldest] = this.#recent;
    if (this.#recent.length >= SOCKETS && oldest !== undefined) {
      return Math.ceil((oldest + WINDOW_MS - now) / 1_000);
    }
    this.#recent.push(now);
    return 0;
  }
}
