import { describe, expect, test } from "vitest";
import { android, callBob, reachable, register } from "../../support/world/pushing.ts";
import { newWorld } from "../../support/world.ts";

describe("sockets that are lost while it rings", () => {
  test("PUSH-6 the last one: routes are pushed at once and it rings on", async () => {
    const world = newWorld();
    const phone = await register(world, "bob", android());
    const { ann } = await callBob(world);
    expect(world.push.heard()).toEqual([]);
    phone.close();
    await world.quiet();
    expect(world.push.heard()).toEqual(["droid ring"]);
    await world.pass(44_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
    expect(world.push.heard()).toEqual(["droid ring", "droid cancel no_answer"]);
  });

  test("PUSH-6 also by a route that only the caller knows", async () => {
    const world = newWorld();
    const bob = world.connect("bob");
    await callBob(world, { callee_device_token: "known", callee_os: "android" });
    bob.close();
    await world.quiet();
    expect(world.push.heard()).toEqual(["known ring"]);
  });

  test("PUSH-6 without a route the grace ends the call", async () => {
    const world = newWorld();
    const bob = world.connect("bob");
    const { ann } = await callBob(world);
    bob.close();
    await world.pass(15_000);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("PUSH-6 a device that returns is rung on its socket, and not pushed again", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    await callBob(world);
    const phone = world.connect("bob", { label: "phone" });
    expect(phone.heard()).toEqual(["call.ring"]);
    phone.close();
    await world.pass(20_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
  });
});
