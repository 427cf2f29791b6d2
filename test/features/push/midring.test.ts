import { describe, expect, test } from "vitest";
import { android, ask, callBob, reachable, register } from "../../support/world/pushing.ts";
import { newWorld } from "../../support/world.ts";

const profile = { user_id: "bob" };

/** Bob's phone says what its token is, as apps do at every start. */
function renew(world: ReturnType<typeof newWorld>, token: string) {
  const registration = { os: "android", token } as const;
  return ask(world, "bob", "device.put", { name: "phone", registration, profile });
}

describe("devices that register while it rings", () => {
  test("PUSH-1 are not pushed when their socket has taken the ring", async () => {
    const world = newWorld();
    const phone = world.connect("bob", { label: "phone" });
    await callBob(world);
    phone.last("call.ring");
    await phone.send("push.register", android());
    await world.pass(40_000);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-5 are not pushed when their socket has said that it rings", async () => {
    const world = newWorld();
    const phone = world.connect("bob", { label: "phone", ack: true });
    const { session } = await callBob(world);
    await phone.send("call.ring_ack", { session_id: session });
    await phone.send("push.register", android());
    await world.pass(40_000);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-5 are not pushed under a renewed token when they have said that they ring", async () => {
    const world = newWorld();
    const phone = await register(world, "bob", android("old"), { label: "phone", ack: true });
    const { session } = await callBob(world);
    await phone.send("call.ring_ack", { session_id: session });
    await phone.send("push.register", android("new"));
    await world.pass(40_000);
    expect(world.push.heard()).toEqual([]);
  });

  test("PUSH-17 are not pushed again under a renewed token", async () => {
    const world = newWorld();
    await reachable(world, "bob", android("old"));
    await callBob(world);
    await renew(world, "new");
    world.connect("bob", { label: "phone" }).close();
    await world.pass(40_000);
    expect(world.push.heard()).toEqual(["old ring"]);
  });

  test("PUSH-17 are pushed under a renewed token when the old one was dead", async () => {
    const world = newWorld();
    await reachable(world, "bob", android("old"));
    const answered = Promise.withResolvers<void>();
    world.push.pace = (_, leg) => (leg === "back" ? answered.promise : undefined);
    world.push.outcome = (to) => ({ outcome: to === "old" ? "dead" : "taken" });
    await callBob(world);
    await renew(world, "new");
    expect(world.push.heard()).toEqual(["old ring"]);
    answered.resolve();
    await world.pass(1_000);
    expect(world.push.heard()).toEqual(["old ring", "new ring"]);
  });

  test("PUSH-17 are pushed once, however many tokens they name", async () => {
    const world = newWorld();
    await reachable(world, "bob", android("t0"));
    world.push.outcome = () => ({ outcome: "later", detail: "status 503" });
    await callBob(world);
    for (let index = 1; index < 20; index += 1) await renew(world, `t${index}`);
    world.push.outcome = () => ({ outcome: "taken" });
    await world.pass(40_000);
    expect(world.push.pushed.filter(({ outcome }) => outcome === "taken")).toHaveLength(1);
  });
});
