import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../src/durable/peers.ts";
import { echo, peersOver, reset } from "./stubs.ts";

/** A gate that a test opens. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe("the order of what peers' objects get", () => {
  test("SIG-2 get a burst in two deliveries, in order", async () => {
    const { passed, open } = gate();
    const { send, sessions } = peersOver(async (delivery, stub) => {
      await passed;
      return echo(delivery, stub);
    });
    const answers = ["1", "2", "3", "4"].map((session) => send("bob", session));
    open();
    expect(await Promise.all(answers)).toEqual(["1", "2", "3", "4"]);
    expect(sessions()).toEqual([["1"], ["2", "3", "4"]]);
  });

  test("do not wait for each other", async () => {
    const { passed, open } = gate();
    const { send } = peersOver(async (delivery, stub) => {
      if (
        delivery.messages.some(({ message }) => (message as { session: string }).session === "slow")
      )
        await passed;
      return echo(delivery, stub);
    });
    const slow = send("bob", "slow");
    expect(await send("cem", "quick")).toBe("quick");
    open();
    expect(await slow).toBe("slow");
  });

  test("OBJ-4 keep the order over a reset", async () => {
    let broken = true;
    const { send, sessions } = peersOver((delivery, stub) => {
      if (broken) {
        broken = false;
        throw reset();
      }
      return echo(delivery, stub);
    });
    await Promise.all(["1", "2", "3"].map((session) => send("bob", session)));
    expect(sessions()).toEqual([["1"], ["1"], ["2", "3"]]);
  });

  test("a failed delivery does not take those behind it along", async () => {
    const { passed, open } = gate();
    const { send } = peersOver(async (delivery, stub) => {
      if (stub === 1) {
        await passed;
        throw new TypeError("x");
      }
      return echo(delivery, stub);
    });
    const lost = send("bob", "1").catch(() => "lost");
    const next = send("bob", "2");
    open();
    expect([await lost, await next]).toEqual(["lost", "2"]);
  });

  test("OBJ-5 every delivery has an id of its own, also across the lives of an object", async () => {
    const all: Delivery[] = [];
    for (let life = 0; life < 3; life += 1) {
      const { send, deliveries } = peersOver(echo);
      for (const user of ["bob", "cem", "bob"]) await send(user, "1");
      all.push(...deliveries);
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(9);
  });

  test("SIG-2 whatever fails and however slowly, what arrives is in order, once", async () => {
    const fates = fc.array(fc.constantFrom("arrives", "reset", "reset after", "fails"), {
      maxLength: 30,
    });
    const pauses = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fates, pauses, async (given, ticks) => {
        const fate = [...given];
        const arrived: number[] = [];
        const seen = new Set<string>();
        const { send } = peersOver(async (delivery, stub) => {
          await Promise.resolve();
          const next = fate.shift() ?? "arrives";
          if (next === "fails") throw new TypeError("x");
          if (next === "reset") throw reset();
          if (!seen.has(delivery.id)) {
            seen.add(delivery.id);
            for (const { message } of delivery.messages) {
              arrived.push(Number((message as { session: string }).session));
            }
          }
          if (next === "reset after") throw reset();
          return echo(delivery, stub);
        });
        const results: Promise<unknown>[] = [];
        for (const [index, tick] of ticks.entries()) {
          results.push(send("bob", `${index}`).catch(() => undefined));
          if (tick) await Promise.resolve();
        }
        const answers = await Promise.all(results);
        expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
        expect(new Set(arrived).size).toBe(arrived.length);
        for (const [index, answer] of answers.entries()) {
          if (answer === undefined) continue;
          expect(answer).toBe(`${index}`);
          expect(arrived).toContain(index);
        }
      }),
    );
  });
});
