import { describe, expect, test } from "vitest";
import { routesOf } from "../../../src/features/push/routes.ts";
import {
  android,
  ask,
  callBob,
  reachable,
  register,
  subscription,
  web,
} from "../../support/world/pushing.ts";
import { newWorld, type World } from "../../support/world.ts";

const names = (world: World, user = "bob") =>
  routesOf(world.user(user).host).map(({ name }) => name);
const profile = { user_id: "bob" };

describe("registering", () => {
  test("PUSH-13 answers with the device, the socket's own by default", async () => {
    const world = newWorld();
    const phone = world.connect("bob", { label: "phone" });
    await phone.send("push.register", android(), { ref: "r" });
    expect(phone.take()).toEqual([
      { type: "push.registered", payload: { device: "phone", os: "android" }, ref: "r" },
    ]);
    await phone.send("push.register", { ...web, device: "browser" });
    expect(phone.last("push.registered")).toEqual({ device: "browser", os: "web" });
    await phone.send("push.unregister", {}, { ref: "u" });
    expect(phone.take().at(-1)).toEqual({
      type: "push.unregistered",
      payload: { device: "phone" },
      ref: "u",
    });
    await phone.send("push.unregister", { device: "never was" });
    expect(phone.last("push.unregistered")).toEqual({ device: "never was" });
    expect(names(world)).toEqual(["browser"]);
  });

  test("PUSH-13 covers an unlabelled device by its own sockets", async () => {
    const world = newWorld();
    const bob = await register(world, "bob", android(), {});
    await callBob(world);
    expect(world.push.heard()).toEqual([]);
    bob.close();
    await world.quiet();
    expect(world.push.heard()).toEqual(["droid ring"]);
  });

  test.each([
    ["no os", { token: "t" }, "Missing os"],
    ["another os", { os: "symbian", token: "t" }, "Invalid payload"],
    ["no token", { os: "android" }, "Missing token"],
    ["an empty token", android(""), "Missing token"],
    ["an empty label", { ...android(), device: "" }, "Invalid payload"],
    ["no VoIP token", { os: "ios", alert_token: "aa" }, "Missing token"],
    ["a token that Apple never made", { os: "ios", token: "../x" }, "Invalid payload"],
    ["such an alert token", { os: "ios", token: "aa", alert_token: "x" }, "Invalid payload"],
    ["another environment", { os: "ios", token: "aa", environment: "x" }, "Invalid payload"],
    ["no subscription", { os: "web" }, "Missing subscription"],
    [
      "an http endpoint",
      { os: "web", subscription: { ...subscription, endpoint: "http://a.test" } },
      "Invalid payload",
    ],
    [
      "short keys",
      { os: "web", subscription: { ...subscription, keys: { p256dh: "AA", auth: "AA" } } },
      "Invalid payload",
    ],
    ["a label that is too long", { ...android(), device: "x".repeat(129) }, "Invalid payload"],
  ])("PUSH-13 refuses %s", async (_, payload, message) => {
    const world = newWorld();
    const bob = world.connect("bob", { label: "phone" });
    await bob.send("push.register", payload);
    expect(bob.last("error")).toMatchObject({ code: "invalid_message", message });
    expect(names(world)).toEqual([]);
  });

  test("PUSH-13 the longest unrenewed of ten makes room for the next", async () => {
    const world = newWorld();
    const bob = world.connect("bob");
    for (let index = 0; index < 10; index += 1) {
      await bob.send("push.register", { ...android(`t${index}`), device: `d${index}` });
    }
    await bob.send("push.register", { ...android("t0"), device: "d0" });
    await bob.send("push.register", { ...android("t10"), device: "d10" });
    expect(names(world)).toEqual(["d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d0", "d10"]);
  });

  test("PUSH-13 a device has one route, and so has a token", async () => {
    const world = newWorld();
    const bob = world.connect("bob");
    await bob.send("push.register", { ...android("old"), device: "phone" });
    await bob.send("push.register", { ...android("new"), device: "phone" });
    await bob.send("push.register", { ...android("new"), device: "renamed" });
    bob.close();
    await world.pass(60_000);
    expect(names(world)).toEqual(["renamed"]);
    await callBob(world);
    expect(world.push.heard()).toEqual(["new ring"]);
  });

  test("PUSH-13 over HTTP does the same", async () => {
    const world = newWorld();
    const registration = { os: "android", token: "droid" } as const;
    const put = await ask(world, "bob", "device.put", { name: "phone", registration, profile });
    expect(put).toEqual({ status: 200, body: { device: "phone", os: "android" } });
    const bad = { os: "web" } as const;
    expect(
      await ask(world, "bob", "device.put", { name: "phone", registration: bad, profile }),
    ).toEqual({ status: 400, body: { error: "Missing subscription" } });
    await callBob(world);
    expect(world.push.heard()).toEqual(["droid ring"]);
    expect(await ask(world, "bob", "device.delete", { name: "phone" })).toMatchObject({
      status: 204,
    });
    expect(names(world)).toEqual([]);
  });

  test("PUSH-13 that fails changes nothing", async () => {
    const world = newWorld();
    const bob = await register(world, "bob", android("old"));
    world.push.claiming = () => {
      throw new Error("out of reach");
    };
    await bob.send("push.register", android("new"));
    expect(bob.last("error")).toMatchObject({
      code: "internal_error",
      message: "Failed to register device",
    });
    expect(routesOf(world.user("bob").host)).toMatchObject([{ target: { token: "old" } }]);
  });

  test("PUSH-13 while it rings: the new route is pushed", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    await callBob(world);
    const registration = { os: "android", token: "second" } as const;
    await ask(world, "bob", "device.put", { name: "tablet", registration, profile });
    expect(world.push.heard()).toEqual(["droid ring", "second ring"]);
  });
});

describe("a token that changes hands", () => {
  test("PUSH-14 leaves the user before", async () => {
    const world = newWorld();
    await register(world, "bob", android());
    await register(world, "cem", android());
    await world.quiet();
    expect([names(world, "bob"), names(world, "cem")]).toEqual([[], ["phone"]]);
  });

  test("PUSH-14 and returns, whatever the order of the news", async () => {
    const world = newWorld();
    await register(world, "bob", android());
    const held = world.network.hold({ from: "cem", kind: "push.moved" });
    await register(world, "cem", android(), { label: "tablet" });
    await register(world, "bob", android());
    await world.quiet();
    held.release();
    await world.quiet();
    expect([names(world, "bob"), names(world, "cem")]).toEqual([["phone"], []]);
  });

  test("PUSH-14 also when both claim at once", async () => {
    const world = newWorld();
    const answered = Promise.withResolvers<void>();
    world.push.claiming = (_, user) => (user === "bob" ? answered.promise : undefined);
    const bob = world.connect("bob");
    const mine = bob.send("push.register", android());
    await world.quiet();
    await register(world, "cem", android());
    await world.quiet();
    answered.resolve();
    await mine;
    expect([names(world, "bob"), names(world, "cem")]).toEqual([[], ["phone"]]);
  });

  test("PUSH-14 also when the user before never heard whether the token is theirs", async () => {
    const world = newWorld();
    world.push.claiming = (_, user) => (user === "bob" ? new Promise(() => {}) : undefined);
    void world.connect("bob").send("push.register", android());
    await world.pass(60_000);
    await register(world, "cem", android());
    await world.quiet();
    expect([names(world, "bob"), names(world, "cem")]).toEqual([[], ["phone"]]);
  });

  test("PUSH-14 also when the user before is out of reach for a while", async () => {
    const world = newWorld();
    await register(world, "bob", android());
    const mend = world.network.cut({ to: "bob" });
    await register(world, "cem", android());
    await world.pass(31_000);
    expect(names(world, "bob")).toEqual(["phone"]);
    mend();
    await world.pass(31_000);
    expect(names(world, "bob")).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("PUSH-14 in the middle of a ring: the user before is not pushed any more", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => ({ outcome: "later", detail: "status 503" });
    const { ann } = await callBob(world);
    await register(world, "cem", android());
    await world.pass(20_000);
    expect(world.push.heard()).toEqual(["droid ring"]);
    expect(ann.heard()).toEqual(["call.ended unreachable"]);
  });
});
