import { describe, expect, test } from "vitest";
import {
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

  test("PUSH-5 two that do not, and are due in one alarm, are pushed once each", async () => {
    const world = newWorld();
    await register(world, "bob", android(), { label: "phone", ack: true });
    await register(world, "bob", ios(), { label: "tablet", ack: true });
    await callBob(world);
    world.skip(2_000);
    world.alarm("bob");
    await world.quiet();
    expect(world.push.heard()).toEqual(["droid ring", `${VOIP} ring`]);
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

  test("PUSH-5 a token that the caller knows is used when nobody says that it rings", async () => {
    const known = { callee_device_token: "known", callee_os: "android" };
    const silent = newWorld();
    silent.connect("bob", { ack: true });
    await callBob(silent, known);
    await silent.pass(1_999);
    expect(silent.push.heard()).toEqual([]);
    await silent.pass(20_000);
    expect(silent.push.heard()).toEqual(["known ring"]);

    const ringing = newWorld();
    const laptop = ringing.connect("bob", { ack: true });
    const { session } = await callBob(ringing, known);
    await laptop.send("call.ring_ack", { session_id: session });
    await ringing.pass(20_000);
    expect(ringing.push.heard()).toEqual([]);
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
