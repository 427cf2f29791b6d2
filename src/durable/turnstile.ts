/** How often one user may open a socket: 30 times in 10 seconds. In memory: a user that hammers is awake. */
import { spend } from "../core/allowance.ts";

const SOCKETS = { most: 30, spanMs: 10_000 } as const;

/** Counts new sockets of one user. */
export class Turnstile {
  #times: readonly number[] = [];

  /** Lets a socket in and returns 0, or returns the seconds to wait. `now` in milliseconds. */
  enter(now: number): number {
    const { times, waitSeconds } = spend(this.#times, now, SOCKETS);
    this.#times = times;
    return waitSeconds;
  }
}
