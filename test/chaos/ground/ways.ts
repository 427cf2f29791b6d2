/** The ways between objects, and what may go wrong on them. */
import { vi } from "vitest";
import { Channel } from "../../../src/durable/channel.ts";
import { Peer } from "../../../src/durable/peer.ts";
import type { Answers, Delivery } from "../../../src/durable/peers.ts";
import { Room } from "../../../src/durable/room.ts";
import { User } from "../../../src/durable/user.ts";

/** What becomes of a delivery: it never arrives, nobody hears its answer, or it takes a while. */
export type Trouble = "unheard" | "unanswered" | "slow";

/** How long a slow one takes each way, in milliseconds. */
const SLOW_MS = 5;
/** By then the next attempt has set out. */
const AGAIN_MS = 20;
/** The sender of what comes over HTTP. */
export const HTTP = "http";

interface Troubled {
  readonly trouble: Trouble;
  left: number;
}

/** Any object that takes deliveries. */
interface Place {
  receive(delivery: Delivery<unknown>): Promise<Answers>;
}

/** The ways of all objects, until the test ends. */
export class Ways {
  readonly #troubled = new Map<string, Troubled>();
  #underWay = 0;

  constructor() {
    const carry = <T>(sender: string, take: () => Promise<T>) => this.#carry(sender, take);
    for (const { prototype } of [User, Channel, Room, Peer]) {
      const place = prototype as unknown as Place;
      const { receive } = place;
      vi.spyOn(place, "receive").mockImplementation(function (this: Place, delivery) {
        return carry(delivery.from, () => receive.call(this, delivery));
      });
    }
    const { publish } = Channel.prototype;
    vi.spyOn(Channel.prototype, "publish").mockImplementation(function (this: Channel, events) {
      const carried = carry(HTTP, () => Promise.resolve(publish.call(this, events)));
      // An object's methods may answer later than their types say.
      return carried as unknown as ReturnType<typeof publish>;
    });
  }

  /** The next so many attempts of a sender meet with trouble. From the third in a row it gives up. */
  trouble(sender: string, trouble: Trouble, times: number): void {
    this.#troubled.set(sender, { trouble, left: times });
  }

  /** Ends all trouble. */
  mend(): void {
    this.#troubled.clear();
  }

  /** Whether something is on its way, or about to set out again: until then no object falls asleep. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  async #carry<T>(sender: string, take: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    let lingerMs = 0;
    try {
      return await this.#attempt(sender, take);
    } catch (error) {
      lingerMs = AGAIN_MS;
      throw error;
    } finally {
      setTimeout(() => (this.#underWay -= 1), lingerMs);
    }
  }

  async #attempt<T>(sender: string, take: () => Promise<T>): Promise<T> {
    const troubled = this.#troubled.get(sender);
    if (!troubled || troubled.left === 0) return take();
    troubled.left -= 1;
    if (troubled.trouble === "unheard") throw lost();
    if (troubled.trouble === "slow") await pause();
    const taken = await take();
    if (troubled.trouble === "unanswered") throw lost();
    await pause();
    return taken;
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, SLOW_MS));

/** As the platform tells of a connection that was lost. */
const lost = () => Object.assign(new Error("the way was lost"), { retryable: true });
