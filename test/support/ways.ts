/** The way from one user's object to another's, as tests make it slow or break it. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Answers, Delivery, Receiver } from "../../src/durable/peers.ts";
import { objectOf } from "./objects.ts";

/**
 * Sends every delivery between objects by another way, until the test ends.
 *
 * @param by carries a delivery to the object and its answers back, or fails
 */
export function divert(by: (delivery: Delivery, object: Receiver) => Promise<Answers>): void {
  vi.spyOn(env.USER, "getByName").mockImplementation((name) => {
    const stub = objectOf(name);
    const receive = (delivery: Delivery) => by(delivery, stub);
    // Everything but deliveries goes its usual way.
    return new Proxy(stub, {
      get: (_, key) => {
        if (key === "receive") return receive;
        const own: unknown = Reflect.get(stub, key);
        return typeof own === "function" ? own.bind(stub) : own;
      },
    });
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
