import { describe, expect, test } from "vitest";
import {
  ALERT,
  android,
  ask,
  callBob,
  callToken,
  ios,
  reachable,
  register,
  subscription,
  VOIP,
  web,
} from "../../support/world/pushing.ts";
import { newWorld, type World } from "../../support/world.ts";

/** What has been pushed since the rings. */
const cancels = (world: World) => world.push.heard().filter((line) => !line.endsWith(" ring"));

describe("a ring that is over", () => {
  test("PUSH-11 is taken back where it was sent, when the caller gives up", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios(), web);
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(cancels(world)).toEqual([
      "droid cancel ended_by_user",
      `${ALERT} cancel ended_by_user`,
      `${subscription.endpoint} cancel ended_by_user`,
    ]);
    await world.pass(60_000);
    expect(world.remains()).toEqual([]);
  });

  test("PUSH-11 is taken back when the caller is lost", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const { ann } = await callBob(world);
    ann.close(1000);
    await world.quiet();
    expect(cancels(world)).toEqual(["droid cancel peer_disconnected"]);
  });

  test("PUSH-11 an iOS device without an alert token hears nothing", async () => {
    const world = newWorld();
    await reachable(world, "bob", ios(false));
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    await world.pass(60_000);
    expect(world.push.heard()).toEqual([`${VOIP} ring`]);
  });

  test("PUSH-11 is not taken back where it was not sent", async () => {
    const world = newWorld();
    const phone = await register(world, "bob", android());
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    expect(phone.heard()).toEqual(["call.ring", "call.ended ended_by_user"]);
    await world.pass(60_000);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-11 a push that was on its way at the end is taken back after it", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const arriving = Promise.withResolvers<void>();
    world.push.pace = (_, leg) => (leg === "back" ? arriving.promise : undefined);
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(world.push.heard()).toEqual(["droid ring"]);
    arriving.resolve();
    world.push.pace = () => {};
    await world.quiet();
    expect(world.push.heard()).toEqual(["droid ring", "droid cancel ended_by_user"]);
  });

  test.each(["call.accept", "call.reject", "call.end"])(
    "PUSH-11 after %s only devices known to be others hear of it",
    async (type) => {
      const world = newWorld();
      await reachable(world, "bob", android(), ios());
      const { session } = await callBob(world);
      const phone = world.connect("bob", { label: "phone" });
      await phone.send(type, { session_id: session });
      await world.pass(60_000);
      const reason = type === "call.accept" ? "answered_elsewhere" : "declined_elsewhere";
      expect(cancels(world)).toEqual([`${ALERT} cancel ${reason}`]);
    },
  );

  test("PUSH-11 an unlabelled device that answers may be any of those pushed", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios());
    const { session } = await callBob(world);
    const bob = world.connect("bob");
    await bob.send("call.accept", { session_id: session });
    await world.pass(1_000);
    expect(cancels(world)).toEqual([]);
  });

  test("PUSH-11 a device that answers over HTTP is known", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios());
    const { session } = await callBob(world);
    const token = callToken(world, VOIP);
    expect(await ask(world, "bob", "call.accept", { session, token })).toMatchObject({
      status: 200,
    });
    await world.quiet();
    expect(cancels(world)).toEqual(["droid cancel answered_elsewhere"]);
  });

  test("PUSH-11 a token that only the caller knows hears of the caller's end, not of an answer", async () => {
    const world = newWorld();
    const known = { callee_device_token: "known", callee_os: "android" };
    const first = await callBob(world, known);
    await first.ann.send("call.end", { session_id: first.session });
    await world.quiet();
    expect(world.push.heard()).toEqual(["known ring", "known cancel ended_by_user"]);
    const second = await callBob(world, known);
    const bob = world.connect("bob");
    await bob.send("call.accept", { session_id: second.session });
    await world.quiet();
    expect(world.push.heard().slice(2)).toEqual(["known ring"]);
  });
});

describe("a call that nobody answers", () => {
  test("PUSH-12 leaves one alert on an alert token", async () => {
    const world = newWorld();
    await reachable(world, "bob", android(), ios(), web);
    await callBob(world);
    await world.pass(60_000);
    expect(cancels(world)).toEqual([
      "droid cancel no_answer",
      `${ALERT} cancel no_answer`,
      `${ALERT} missed`,
      `${subscription.endpoint} cancel no_answer`,
    ]);
  });

  test("PUSH-12 leaves none when the caller gave up, or where no push went", async () => {
    const world = newWorld();
    await reachable(world, "bob", ios());
    const { ann, session } = await callBob(world);
    await ann.send("call.end", { session_id: session });
    await world.pass(60_000);
    world.connect("bob", { label: "phone" });
    await callBob(world);
    await world.pass(60_000);
    expect(world.push.heard()).toEqual([`${VOIP} ring`, `${ALERT} cancel ended_by_user`]);
  });
});
