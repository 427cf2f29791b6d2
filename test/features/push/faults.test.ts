import { describe, expect, test } from "vitest";
import type { PushResult } from "../../../src/core/push.ts";
import { routesOf } from "../../../src/features/push/routes.ts";
import { ALERT, android, callBob, ios, reachable, VOIP, web } from "../../support/world/pushing.ts";
import { newWorld, type World } from "../../support/world.ts";

const later = (afterMs?: number): PushResult => ({
  outcome: "later",
  detail: "status 503",
  ...(afterMs === undefined ? {} : { afterMs }),
});
const routeNames = (world: World) => routesOf(world.user("bob").host).map(({ name }) => name);

/** When pushes arrived, in milliseconds after the start. */
function times(world: World, began: number): number[] {
  return world.push.pushed.map(({ at }) => at - began);
}

describe("providers that cannot take it now", () => {
  test("PUSH-9 are asked again, the first time within 2 s, and never past the ring's end", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => later();
    const began = world.now;
    const { ann } = await callBob(world);
    await world.pass(120_000);
    expect(times(world, began)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 30_000]);
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
    expect(world.remains()).toEqual([]);
    expect(routeNames(world)).toEqual(["phone"]);
  });

  test("PUSH-9 are given the time they ask for", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () =>
      world.push.pushed.length === 0 ? later(12_000) : { outcome: "taken" };
    const began = world.now;
    const { session } = await callBob(world);
    await world.pass(40_000);
    expect(times(world, began)).toEqual([0, 12_000]);
    expect(world.callOf("bob")?.session).toBe(session);
  });

  test("PUSH-9 are not hammered when they ask for no pause at all", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => (world.push.pushed.length < 50 ? later(0) : { outcome: "taken" });
    const began = world.now;
    const { ann, session } = await callBob(world);
    await world.pass(2_500);
    expect(times(world, began)).toEqual([0, 1_000, 2_000]);
    await ann.send("call.end", { session_id: session });
  });

  test("PUSH-9 are left alone when they ask for more than is left", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => later(45_000);
    const { ann } = await callBob(world);
    await world.pass(45_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
  });

  test("PUSH-9 are not asked for a call that is over", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => later();
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    await world.pass(60_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
  });

  test("PUSH-9 need not be asked for a device that came by itself", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => later();
    await callBob(world);
    world.connect("bob", { label: "phone" });
    await world.pass(44_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
  });

  test("PUSH-9 an attempt that was lost with its object is made again", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.pace = () => (world.push.pushed.length === 0 ? undefined : new Promise(() => {}));
    await callBob(world);
    expect(world.push.heard()).toEqual(["droid ring"]);
    world.push.pace = () => {};
    await world.pass(20_000);
    expect(world.push.heard()).toEqual(["droid ring", "droid ring"]);
  });

  test("PUSH-9 a cancel is tried again, as long as it is of use", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const { ann, session } = await callBob(world);
    world.push.outcome = () => later();
    const began = world.now;
    await ann.send("call.end", { session_id: session });
    await world.pass(60_000);
    expect(times(world, began).slice(1)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(world.remains()).toEqual([]);
  });
});

describe("tokens that are dead", () => {
  test("PUSH-10 are forgotten, and no others", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios(), web);
    world.push.outcome = (to) => ({ outcome: to === VOIP ? "dead" : "taken" });
    await callBob(world);
    expect(routeNames(world)).toEqual(["phone", "laptop"]);
  });

  test("PUSH-10 an alert token dies alone", async () => {
    const world = newWorld();
    await reachable(world, "bob", ios());
    const { ann, session } = await callBob(world);
    world.push.outcome = (to) => ({ outcome: to === ALERT ? "dead" : "taken" });
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    const [route] = routesOf(world.user("bob").host);
    expect(route).toMatchObject({ target: { token: VOIP } });
    expect(route).not.toHaveProperty("alert");
  });

  test("PUSH-10 stay when they were registered after the provider saw them last", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => ({ outcome: "dead", since: 5 });
    await callBob(world);
    expect(routeNames(world)).toEqual(["phone"]);
  });

  test.each<[string, PushResult]>([
    ["refused", { outcome: "refused", detail: "status 400" }],
    ["put off", later(999_999)],
  ])("PUSH-10 a token that was %s stays", async (_, result) => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => result;
    await callBob(world);
    await world.pass(60_000);
    expect(routeNames(world)).toEqual(["phone"]);
  });
});
