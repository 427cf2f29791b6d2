import { describe, expect, test } from "vitest";
import { newWorld } from "../../support/world.ts";

describe("a ring and the end of its call", () => {
  test("in order: it rings, and stops", async () => {
    const world = newWorld();
    const ring = world.network.hold({ kind: "call.ring", leg: "there" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" });
    await world.quiet();
    ann.close(1000);
    ring.release();
    await started;
    await world.quiet();
    expect(bob.heard()).toEqual(["call.ring", "call.ended peer_disconnected"]);
    expect(world.remains()).toEqual([]);
  });

  test("overtaken by the end: it does not ring", async () => {
    const world = newWorld();
    const ring = world.network.hold({ kind: "call.ring", leg: "there" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" });
    await world.quiet();
    world.network.reset("ann");
    ann.close(1000);
    await world.quiet();
    ring.release();
    await started;
    expect(bob.heard()).toEqual([]);
    expect(ann.heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("OBJ-5 delivered twice, it rings once", async () => {
    const world = newWorld();
    world.network.repeat({ kind: "call.ring" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    await ann.send("call.start", { callee_id: "bob" });
    expect(bob.heard()).toEqual(["call.ring"]);
    expect(ann.heard()).toEqual(["call.ringing"]);
  });
});
