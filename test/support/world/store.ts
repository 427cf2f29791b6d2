/** The store of a world: the one in memory, with faults on demand and a count of its commands. */
import { StoreUnavailable, type CallStore } from "../../../src/core/ports.ts";
import { memoryCallStore, type MemoryCallStore } from "../memory-call-store.ts";

/** What the store does with commands: answers, refuses, or carries them out without an answer. */
export type StoreFault = "none" | "refuse" | "lose-answer";

/** A store that can be away. */
export class FaultyStore implements CallStore {
  readonly memory: MemoryCallStore;
  fault: StoreFault = "none";
  /** Names of the commands so far. */
  readonly commands: (keyof CallStore)[] = [];
  /** Says when a command arrives, and when its answer does; at once by default. */
  pace: (command: keyof CallStore, leg: "there" | "back") => void | Promise<void> = () => {};

  readonly #held = new Map<keyof CallStore, Promise<void>>();

  constructor(now: () => number) {
    this.memory = memoryCallStore(now);
  }

  /** Keeps back the answer to the next command of that name. */
  hold(command: keyof CallStore): { release(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(command, promise);
    return { release: resolve };
  }

  readonly start: CallStore["start"] = (...given) =>
    this.#run("start", () => this.memory.start(...given));
  readonly change: CallStore["change"] = (...given) =>
    this.#run("change", () => this.memory.change(...given));
  readonly end: CallStore["end"] = (...given) => this.#run("end", () => this.memory.end(...given));
  readonly refresh: CallStore["refresh"] = (...given) =>
    this.#run("refresh", () => this.memory.refresh(...given));
  readonly find: CallStore["find"] = (...given) =>
    this.#run("find", () => this.memory.find(...given));

  async #run<T>(command: keyof CallStore, work: () => Promise<T>): Promise<T> {
    this.commands.push(command);
    const held = this.#held.get(command);
    this.#held.delete(command);
    await this.pace(command, "there");
    if (this.fault === "refuse") throw new StoreUnavailable("refused");
    const { fault } = this;
    const result = await work();
    await held;
    await this.pace(command, "back");
    if (fault === "lose-answer") throw new StoreUnavailable("the answer was lost");
    return result;
  }
}
