/** The way from one user's object to another's, as tests make it slow or break it. */
import { vi } from "vitest";
import type { Answers, Delivery, Receiver } from "../../src/durable/peers.ts";
import { User } from "../../src/durable/user.ts";

const { receive } = User.prototype;

/**
 * Sends every delivery between objects by another way, until the test ends.
 *
 * @param by carries a delivery to the object and its answers back, or fails
 */
export function divert(by: (delivery: Delivery, object: Receiver) => Promise<Answers>): void {
  vi.spyOn(User.prototype, "receive").mockImplementation(function (this: User, delivery: Delivery) {
    return by(delivery, { receive: (same) => receive.call(this, same) });
  });
}

/** A gate that one side opens and the other waits at, looking for itself: they may share no promise. */
export class Gate {
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  async pass(): Promise<void> {
    while (!this.#isOpen) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
