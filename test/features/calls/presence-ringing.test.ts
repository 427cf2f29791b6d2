import { describe, expect, test } from "vitest";
import { newWorld, ringing } from "../../support/world.ts";

const RESUME = { resume: true };

describe("a ringing call whose caller is lost", () => {
  test.each([1000, 1001, 1005])("GRACE-6 by %i ends at once", async (code) => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    ann.close(code);
    await world.quiet();
    expect(bob.heard()).toEqual(["call.ended peer_disconnected"]);
    expect(world.remains()).toEqual([]);
  });

  test.each([1006, 1011, 4000])("GRACE-6 by %i ends after the grace", async (code) => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    ann.close(code);
    await world.pass(14_999);
    expect(bob.heard()).toEqual([]);
    await world.pass(1);
    expect(bob.heard()).toEqual(["call.ended peer_disconnected"]);
    await world.pass(0);
    expect(world.remains()).toEqual([]);
  });

  test.each([
    [1001, []],
    [1000, ["call.ended peer_disconnected"]],
  ])("GRACE-8 by %i, having opted in to resuming", async (code, heard) => {
    const world = newWorld();
    const ann = world.connect("ann", RESUME);
    const bob = world.connect("bob");
    await ann.send("call.start", { callee_id: "bob" });
    bob.take();
    ann.close(code);
    await world.quiet();
    expect(bob.heard()).toEqual(heard);
  });

  test("GRACE-6 another device of the caller that leaves changes nothing", async () => {
    const world = newWorld();
    const { bob } = await ringing(world);
    world.connect("ann", { label: "tablet" }).close(1000);
    await world.pass(20_000);
    expect(bob.heard()).toEqual([]);
  });
});

describe("a ringing call whose callee is lost", () => {
  test("GRACE-7 rings again when the callee returns", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    bob.close();
    await world.pass(14_000);
    const back = world.connect("bob");
    expect(back.last("call.ring")).toMatchObject({ session_id: session });
    await world.pass(16_000);
    await back.send("call.accept", { session_id: session });
    expect(ann.heard()).toEqual(["call.accepted"]);
  });

  test("GRACE-7 ends for the caller after the grace", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    bob.close(1000);
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
    await world.pass(0);
    expect(world.remains()).toEqual([]);
  });

  test("GRACE-7 rings on while one device is left", async () => {
    const world = newWorld();
    const tablet = world.connect("bob", { label: "tablet" });
    const { ann, bob } = await ringing(world);
    tablet.take();
    bob.close();
    await world.pass(20_000);
    tablet.close();
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("GRACE-11 hears that the caller has given up when it returns", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    bob.close();
    await world.pass(5_000);
    await ann.send("call.end", { session_id: session });
    await world.pass(9_999);
    expect(world.connect("bob").heard()).toEqual(["call.ended ended_by_user"]);
    expect(world.connect("bob").heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("GRACE-11 does not after the grace, nor when it was closed", async () => {
    const world = newWorld();
    for (const [code, ms] of [
      [1006, 15_000],
      [1000, 5_000],
      [1001, 5_000],
      [1005, 5_000],
    ] as const) {
      const { ann, bob, session } = await ringing(world);
      bob.close(code);
      await ann.send("call.end", { session_id: session });
      await world.pass(ms);
      expect(world.connect("bob").heard()).toEqual([]);
    }
  });

  test.each([
    ["call.accept", "answered_elsewhere"],
    ["call.reject", "declined_elsewhere"],
  ])("GRACE-11 hears that another device did %s", async (type, reason) => {
    const world = newWorld();
    const laptop = world.connect("bob", { label: "laptop" });
    const tablet = world.connect("bob", { label: "tablet" });
    const { bob, session } = await ringing(world);
    for (const lost of [laptop, tablet]) {
      lost.take();
      lost.close();
    }
    await bob.send(type, { session_id: session });
    for (const label of ["tablet", "laptop"]) {
      expect(world.connect("bob", { label }).heard()).toEqual([`call.ended ${reason}`]);
    }
  });

  test("GRACE-11 hears that the time was up, also when nobody had noticed", async () => {
    const world = newWorld();
    const { bob } = await ringing(world);
    await world.pass(40_000);
    bob.close();
    world.now += 6_000;
    expect(world.connect("bob").heard()).toEqual(["call.ended no_answer"]);
  });

  test("DEV-4 a device that connects while it rings is rung, too", async () => {
    const world = newWorld();
    const { session } = await ringing(world);
    const tablet = world.connect("bob", { label: "tablet" });
    expect(tablet.take()).toEqual([
      {
        type: "call.ring",
        payload: {
          session_id: session,
          caller_id: "ann",
          caller_info: { user_id: "ann", name: "ANN" },
        },
      },
    ]);
  });
});
