import { describe, expect, test } from "vitest";
import { established, newWorld } from "../../support/world.ts";

describe("what is owed after an end", () => {
  test("is tried again, less and less often, and given up after ten minutes", async () => {
    const world = newWorld();
    const { ann, session } = await established(world);
    world.network.cut({ to: "bob" });
    const began = world.now;
    const tries: number[] = [];
    world.network.cut({ to: "bob", kind: "call.ended" });
    const attempts = () => world.network.sent.filter(({ kind }) => kind === "call.ended").length;
    await ann.send("call.end", { session_id: session });
    for (let second = 0; second <= 660; second += 1) {
      while (tries.length < attempts()) tries.push((world.now - began) / 1_000);
      await world.pass(1_000);
    }
    expect(tries.slice(0, 8)).toEqual([0, 4, 12, 28, 58, 88, 118, 148]);
    expect(tries.at(-1)).toBeLessThanOrEqual(630);
    expect(world.user("ann").remains()).toEqual([]);
  });

  test("is tried again after a crash in the middle of it", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    // The first attempt never comes back, as if the object had been reset.
    world.network.hold({ kind: "call.ended", leg: "there" });
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(bob.heard()).toEqual([]);
    world.network.reset("ann");
    world.network.lift();
    await world.pass(2_000);
    expect(bob.heard()).toEqual(["call.ended ended_by_user"]);
    expect(world.remains()).toEqual([]);
  });

  test("does not tell again what has been told, nor release what is free", async () => {
    const world = newWorld();
    const { ann, session } = await established(world);
    world.store.fault = "refuse";
    await ann.send("call.end", { session_id: session });
    await world.pass(20_000);
    expect(world.network.sent.filter(({ kind }) => kind === "call.ended")).toHaveLength(1);
    world.store.fault = "none";
    await world.pass(20_000);
    const ends = world.store.commands.filter((command) => command === "end").length;
    await world.pass(100_000);
    expect(world.store.commands.filter((command) => command === "end")).toHaveLength(ends);
  });
});
