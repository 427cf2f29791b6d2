import { describe, expect, test } from "vitest";
import {
  ALERT,
  android,
  callBob,
  ios,
  reachable,
  register,
  subscription,
  VOIP,
  web,
} from "../../support/world/pushing.ts";
import { newWorld } from "../../support/world.ts";

describe("who is pushed", () => {
  test("PUSH-1 everybody's every device, when no socket is there", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios(), web);
    const { session } = await callBob(world);
    expect(world.push.heard()).toEqual([
      "droid ring",
      `${VOIP} ring`,
      `${subscription.endpoint} ring`,
    ]);
    const [{ note } = { note: undefined }] = world.push.pushed;
    expect(note).toMatchObject({
      session,
      caller: { user_id: "ann", name: "ANN" },
      ringUntil: world.now + 45_000,
    });
  });

  test("PUSH-1 only devices whose own socket has not taken the ring", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios());
    const phone = world.connect("bob", { label: "phone" });
    await callBob(world);
    phone.last("call.ring");
    expect(world.push.heard()).toEqual([`${VOIP} ring`]);
  });

  test("PUSH-1 not a device that asked for quiet, nor one that is known to be away only", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const phone = world.connect("bob", { label: "phone" });
    const tablet = world.connect("bob", { label: "tablet" });
    const { session } = await callBob(world);
    await phone.send("call.ignore", { session_id: session });
    phone.close();
    await world.quiet();
    expect(world.push.heard()).toEqual([]);
    tablet.last("call.ring");
  });

  test("PUSH-2 without a route, or with its provider off, the user is offline", async () => {
    const world = newWorld();
    await reachable(world, "bob", web);
    world.push.turnOff("web");
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["error user_offline"]);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-2 a busy user with a route is busy, not offline", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    await callBob(world);
    const cem = world.connect("cem");
    await cem.send("call.start", { callee_id: "bob" });
    expect(cem.heard()).toEqual(["error user_busy"]);
    const dan = world.connect("dan");
    await dan.send("call.start", { callee_id: "cem" });
    await dan.send("call.start", { callee_id: "bob" });
    expect(dan.heard()).toEqual(["call.ringing", "error user_busy"]);
  });

  test("PUSH-3 call.ringing does not wait for any provider", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.pace = () => new Promise(() => {});
    const { ann } = await callBob(world);
    expect(ann.heard()).toEqual([]);
    expect(world.store.commands.filter((command) => command === "start")).toHaveLength(1);
  });

  test("PUSH-4 a token that the caller knows is used for users without a route", async () => {
    const world = newWorld();
    const known = { callee_device_token: "known", callee_os: "android" };
    const { session } = await callBob(world, known);
    expect(world.push.heard()).toEqual(["known ring"]);
    const [push] = world.push.pushed;
    expect(push?.note).not.toHaveProperty("callToken");
    expect(world.callOf("bob")?.session).toBe(session);
  });

  test.each([
    ["another os", { callee_device_token: "known", callee_os: "Android" }],
    ["no os", { callee_device_token: "known" }],
    ["no token", { callee_os: "ios" }],
    ["a token that Apple never made", { callee_device_token: "../x", callee_os: "ios" }],
  ])("PUSH-4 but not with %s", async (_, known) => {
    const world = newWorld();
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "bob", ...known });
    expect(ann.heard()).toEqual(["error user_offline"]);
  });

  test("PUSH-4 nor when the deployer forbids it, nor beside a route or a socket", async () => {
    const known = { callee_device_token: "known", callee_os: "android" };
    const forbidden = newWorld();
    forbidden.push.callerTokens = false;
    const ann = forbidden.connect("ann");
    await ann.send("call.start", { callee_id: "bob", ...known });
    expect(ann.heard()).toEqual(["error user_offline"]);

    const registered = newWorld();
    await reachable(registered, "bob", android());
    await callBob(registered, known);
    expect(registered.push.heard()).toEqual(["droid ring"]);

    const connected = newWorld();
    connected.connect("bob");
    await callBob(connected, known);
    expect(connected.push.heard()).toEqual([]);
  });
});

describe("sockets that say that they ring", () => {
  test("PUSH-5 a device that does not say so within 2 s is pushed", async () => {
    const world = newWorld();
    await register(world, "bob", android(), { label: "phone", ack: true });
    await callBob(world);
    await world.pass(1_999);
    expect(world.push.heard()).toEqual([]);
    await world.pass(1);
    expect(world.push.heard()).toEqual(["droid ring"]);
    await world.pass(40_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
  });

  test("PUSH-5 one that does is not", async () => {
    const world = newWorld();
    const phone = await register(world, "bob", android(), { label: "phone", ack: true });
    const { session } = await callBob(world);
    await phone.send("call.ring_ack", { session_id: session });
    expect(phone.heard()).toEqual(["call.ring"]);
    await world.pass(40_000);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-5 an ack is the callee's, and of a call that rings", async () => {
    const world = newWorld();
    const phone = await register(world, "bob", android(), { label: "phone", ack: true });
    const { ann, session } = await callBob(world);
    await ann.send("call.ring_ack", { session_id: session });
    expect(ann.heard()).toEqual(["error unauthorized"]);
    await phone.send("call.accept", { session_id: session });
    await phone.send("call.ring_ack", { session_id: session });
    expect(phone.heard()).toEqual(["call.ring", "error invalid_state"]);
  });
});

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
