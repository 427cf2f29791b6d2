import { describe, expect, test } from "vitest";
import { Outboxes } from "../../src/durable/outboxes.ts";
import type { Answers, Delivery } from "../../src/durable/peers.ts";
import type { Item } from "../../src/features/place.ts";
import type { PeerMessages } from "../../src/features/peer.ts";
import { overloaded, reset } from "./stubs.ts";

type Message = PeerMessages["place.events"]["message"];

/** Outboxes whose users' objects are one function. */
function outboxes(receive: (user: string, message: Message) => Promise<readonly string[]>) {
  const told: string[] = [];
  const boxes = new Outboxes({
    place: "channel:c",
    epoch: "e",
    stub: (user) => ({
      receive: async ({ messages }: Delivery): Promise<Answers> => {
        const [letter] = messages;
        if (letter?.kind !== "place.events") throw new Error("something else");
        return [{ reply: { empty: await receive(user, letter.message) } }];
      },
    }),
    empty: (user, seats) => told.push(`empty ${user} ${seats.join()}`),
    giveUp: () => ["s"],
    drained: () => told.push("drained"),
    stalled: () => told.push("stalled"),
  });
  return { boxes, told };
}

const item = (number: number): Item => ({ number, type: "t", json: "{}", to: ["s"] });
const numbers = ({ items }: Message) => items.map(({ number }) => number);

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("outboxes", () => {
  test("CHAN-9 what is added together travels together, and what comes meanwhile shares the next", async () => {
    const carried: (readonly (number | undefined)[])[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { boxes, told } = outboxes(async (_, message) => {
      carried.push(numbers(message));
      await gate;
      return [];
    });
    for (const number of [1, 2, 3]) boxes.add("ann", item(number));
    boxes.flush();
    for (const number of [4, 5]) {
      boxes.add("ann", item(number));
      boxes.flush();
    }
    const all = boxes.settled("ann");
    open();
    await all;
    await settle();
    expect(carried).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(told).toEqual(["drained"]);
  });

  test("CHAN-13 the oldest event that somebody has yet to get is known", async () => {
    const gates = new Map<string, () => void>();
    const { boxes } = outboxes(async (user) => {
      await new Promise<void>((resolve) => gates.set(user, resolve));
      return [];
    });
    expect(boxes.oldest).toBeUndefined();
    for (const number of [1, 2]) {
      for (const user of ["ann", "ben"]) boxes.add(user, item(number));
      boxes.flush();
    }
    const seen = [boxes.oldest];
    for (const user of ["ann", "ben", "ben", "ann"]) {
      await settle();
      gates.get(user)?.();
      await settle();
      seen.push(boxes.oldest);
    }
    expect(seen).toEqual([1, 1, 2, 2, undefined]);
  });

  test("CHAN-10 a failed delivery is made again, in order; nobody else waits", async () => {
    let broken = true;
    const carried: string[] = [];
    const { boxes, told } = outboxes(async (user, message) => {
      if (user === "ann" && broken) throw overloaded();
      carried.push(`${user} ${numbers(message).join()}`);
      return Promise.resolve([]);
    });
    boxes.add("ann", item(1));
    boxes.add("ben", item(1));
    boxes.flush();
    await settle();
    boxes.add("ann", item(2));
    boxes.flush();
    await settle();
    expect(carried).toEqual(["ben 1"]);
    expect(told).toEqual(["stalled"]);
    broken = false;
    boxes.retry();
    await settle();
    expect(carried).toEqual(["ben 1", "ann 1,2"]);
    expect(told.at(-1)).toBe("drained");
  });

  test("OBJ-4 a reset of the user's object is no failure", async () => {
    let resets = 0;
    const { boxes, told } = outboxes(async () => {
      resets += 1;
      if (resets < 3) throw reset();
      return Promise.resolve(["gone"]);
    });
    boxes.add("ann", item(1));
    boxes.flush();
    await settle();
    expect(told).toEqual(["empty ann gone", "drained"]);
  });

  test("CHAN-11 who falls too far behind gets nothing after the gap, and is closed", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const carried: Message[] = [];
    const { boxes, told } = outboxes(async (_, message) => {
      carried.push(message);
      await gate;
      return [];
    });
    boxes.add("ann", item(1));
    boxes.flush();
    for (let number = 2; number < 2_100; number += 1) boxes.add("ann", item(number));
    const settled = boxes.settled("ann");
    open();
    await settled;
    await settle();
    expect(carried.map(numbers)).toEqual([[1], []]);
    expect(carried[1]?.broken).toEqual(["s"]);
    expect(told).toEqual(["empty ann s", "drained"]);
  });

  test("CHAN-11 who comes after the gap misses nothing", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const carried: Item[] = [];
    const { boxes } = outboxes(async (_, message) => {
      carried.push(...message.items);
      await gate;
      return [];
    });
    for (let number = 1; number < 2_100; number += 1) {
      boxes.add("ann", item(number));
      boxes.flush();
    }
    boxes.add("ann", { type: "ack", json: "{}", to: ["new"] });
    boxes.add("ann", { ...item(2_100), to: ["s", "new"] });
    const settled = boxes.settled("ann");
    open();
    await settled;
    expect(carried.slice(1)).toEqual([
      { type: "ack", json: "{}", to: ["new"] },
      { ...item(2_100), to: ["new"] },
    ]);
  });

  test("CHAN-6 a long history is no gap", async () => {
    const carried: Item[] = [];
    const { boxes, told } = outboxes(async (_, message) => {
      carried.push(...message.items);
      return Promise.resolve([]);
    });
    for (let offset = 0; offset < 10_000; offset += 1) {
      boxes.add("ann", { type: "broadcast", json: "{}", to: ["s"] });
    }
    boxes.add("ann", item(1));
    boxes.flush();
    await boxes.settled("ann");
    await settle();
    expect(carried).toHaveLength(10_001);
    expect(told).toEqual(["drained"]);
  });
});
