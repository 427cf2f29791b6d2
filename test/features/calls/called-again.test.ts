import { describe, expect, test } from "vitest";
import { established, newWorld, ringing } from "../../support/world.ts";

describe("the peer calls again", () => {
  test("GLARE-4 while the old call rings here: it is replaced, and the new one rings", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    world.network.cut({ kind: "call.ended" });
    await ann.send("call.end", { session_id: session });
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ringing"]);
    expect(bob.heard()).toEqual(["call.ended replaced", "call.ring"]);
    world.network.lift();
    await world.pass(10_000);
    expect(bob.heard()).toEqual([]);
    expect(world.remains()).toContain("ann: call");
  });

  test("GLARE-4 while the old call is still believed in on both sides", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    // Ann's object has lost all memory, and the store has, too.
    world.user("ann").rows.clear();
    world.user("ann").deadlines.clear();
    world.store.memory.flush();
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ringing"]);
    expect(bob.heard()).toEqual(["call.ended replaced", "call.ring"]);
    await bob.send("call.end", { session_id: session });
    expect(bob.heard()).toEqual(["error session_not_found"]);
  });

  test.each([
    { knows: true, told: [] },
    { knows: false, told: ["call.ended replaced"] },
  ])(
    "STORE-7 a lock of a newer call ends only a call that the peer's object has left: $told",
    async ({ knows, told }) => {
      const world = newWorld();
      const { ann } = await established(world);
      if (!knows) world.user("bob").rows.delete("call");
      world.store.memory.flush();
      await world.store.memory.start(
        { session: "newer", caller: "bob", callee: "cem" },
        { user_id: "bob" },
        300_000,
        [],
      );
      await world.pass(120_000);
      expect(ann.heard()).toEqual(told);
      expect(world.store.memory.locks.get("bob")).toMatchObject({ session: "newer" });
    },
  );
});
