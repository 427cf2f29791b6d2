import { describe, expect, test } from "vitest";
import {
  ALERT,
  android,
  callBob,
  ios,
  reachable,
  register,
  VOIP,
} from "../../support/world/pushing.ts";
import { newWorld } from "../../support/world.ts";

describe("what the caller hears of it", () => {
  test("PUSH-7 with progress: that a push went out, and that a device rings", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const { ann, session, later } = await callBob(world, { progress: true });
    const told = { session_id: session, device: "phone" };
    expect(later.map(({ payload }) => payload)).toEqual([{ ...told, stage: "notified" }]);
    const phone = world.connect("bob", { label: "phone", ack: true });
    await phone.send("call.ring_ack", { session_id: session });
    await world.quiet();
    expect(ann.last("call.progress")).toEqual({ ...told, stage: "ringing" });
  });

  test("PUSH-7 without: nothing", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const { ann, later } = await callBob(world);
    expect([...later, ...ann.take()]).toEqual([]);
  });

  test("PUSH-8 when every route is refused for good the call ends, and next time the user is offline", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios());
    world.push.outcome = () => ({ outcome: "dead" });
    const { ann, later } = await callBob(world, { progress: true });
    const words = later.map(({ type, payload }) => payload["stage"] ?? payload["reason"] ?? type);
    expect(words).toEqual(["unreachable", "unreachable", "unreachable"]);
    expect(later.at(-1)?.payload).toEqual({
      session_id: later[0]?.payload["session_id"],
      reason: "unreachable",
    });
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["error user_offline"]);
    await world.pass(0);
    expect(world.remains()).toEqual([]);
  });

  test("PUSH-8 refused, but not dead: the routes stay", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => ({ outcome: "refused", detail: "status 400" });
    const { later } = await callBob(world);
    expect(later.map(({ payload }) => payload["reason"])).toEqual(["unreachable"]);
    world.push.outcome = () => ({ outcome: "taken" });
    await callBob(world);
    expect(world.push.heard()).toEqual(["droid ring", "droid ring"]);
  });

  test("PUSH-8 the same for a token that the caller knows", async () => {
    const world = newWorld();
    const known = { callee_device_token: "known", callee_os: "android" };
    world.push.outcome = () => ({ outcome: "dead" });
    const { ann, later } = await callBob(world, known);
    expect(later.map(({ payload }) => payload["reason"])).toEqual(["unreachable"]);
    await ann.send("call.start", { callee_id: "bob", ...known });
    expect(ann.heard()).toEqual(["error user_offline"]);
  });

  test("PUSH-8 not while a socket rings, nor while somebody may be back within the grace", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => ({ outcome: "dead" });
    const tablet = world.connect("bob", { label: "tablet" });
    const { ann } = await callBob(world);
    await world.pass(5_000);
    expect(ann.heard()).toEqual([]);
    tablet.close();
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("PUSH-8 not within the grace, if the ring came too late for the socket", async () => {
    const world = newWorld();
    (await register(world, "bob", android())).close();
    await world.pass(5_000);
    world.push.outcome = () => ({ outcome: "dead" });
    const { ann } = await callBob(world);
    await world.pass(9_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended unreachable"]);
    expect(world.remains()).toEqual([]);
  });

  test("PUSH-8 nor for somebody who comes back within it", async () => {
    const world = newWorld();
    (await register(world, "bob", android())).close();
    world.push.outcome = () => ({ outcome: "dead" });
    const { ann, session } = await callBob(world);
    await world.pass(5_000);
    const phone = world.connect("bob", { label: "phone" });
    await world.pass(15_000);
    await phone.send("call.accept", { session_id: session });
    expect(ann.heard()).toEqual(["call.accepted"]);
  });

  test("PUSH-8 one dead token of two: the other one rings on", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios());
    world.push.outcome = (to) => ({ outcome: to === VOIP ? "dead" : "taken" });
    const { ann } = await callBob(world);
    await world.pass(45_000);
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
    expect(world.push.heard(VOIP)).toEqual([`${VOIP} ring`]);
    expect(world.push.heard(ALERT)).toEqual([]);
    await callBob(world);
    expect(world.push.heard(VOIP)).toEqual([`${VOIP} ring`]);
  });
});
