import { describe, expect, test } from "vitest";
import { established, newWorld, ringing } from "../../support/world.ts";

const busy = { code: "user_busy", message: "User is busy", ref_type: "call.start" };
const offline = { code: "user_offline", message: "User is offline", ref_type: "call.start" };
describe("call.start", () => {
  test("CALL-1 rings the callee with the caller's profile, and then tells the caller", async () => {
    const world = newWorld();
    const profile = {
      user_id: "ann",
      name: "Ann",
      username: "annie",
      image_profile: "https://a/b",
    };
    const ann = world.connect("ann", { profile });
    const bob = world.connect("bob");
    const answer = world.network.hold({ kind: "call.ring", leg: "back" });
    const started = ann.send("call.start", { callee_id: "bob" }, { ref: "r" });
    await world.quiet();
    const { session_id } = bob.last("call.ring");
    expect(bob.take()).toEqual([
      { type: "call.ring", payload: { session_id, caller_id: "ann", caller_info: profile } },
    ]);
    expect(ann.take()).toEqual([]);
    answer.release();
    await started;
    expect(ann.take()).toEqual([
      { type: "call.ringing", payload: { session_id, callee_id: "bob" }, ref: "r" },
    ]);
  });

  test("CALL-2 tests for oneself, then for presence, then for being busy", async () => {
    const world = newWorld();
    const { ann } = await established(world);
    world.connect("cem");
    await ann.send("call.start", { callee_id: "ann" });
    await ann.send("call.start", { callee_id: "nobody" });
    await ann.send("call.start", { callee_id: "cem" });
    expect(ann.take().map(({ payload }) => payload)).toEqual([
      { code: "invalid_message", message: "Cannot call yourself", ref_type: "call.start" },
      offline,
      busy,
    ]);
  });

  test("CALL-2 says offline before busy also when the callee's lock is in the way", async () => {
    const world = newWorld();
    const { bob } = await established(world);
    bob.close();
    await world.pass(1_000);
    const cem = world.connect("cem");
    await cem.send("call.start", { callee_id: "bob" });
    expect(cem.last("error")).toEqual(busy);
    await world.pass(14_500);
    await cem.send("call.start", { callee_id: "bob" });
    expect(cem.last("error")).toEqual(offline);
  });

  test("CALL-2 a guest is offline, and nobody is asked", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "guest:bob" });
    expect(ann.last("error")).toEqual(offline);
    expect(world.network.sent).toEqual([]);
    expect(world.store.commands).toEqual([]);
  });

  test("CALL-3 a callee lost within the grace is rung on coming back", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    world.connect("bob").close();
    await world.pass(14_000);
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ringing"]);
    await world.pass(999);
    expect(world.connect("bob").heard()).toEqual(["call.ring"]);
    await world.pass(20_000);
    expect(ann.heard()).toEqual([]);
  });

  test("CALL-3 a callee lost for longer is offline; the users are free again", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    world.connect("bob").close();
    await world.pass(15_000);
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.last("error")).toEqual(offline);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-4 two sockets of a user that start at once: one call", async () => {
    const world = newWorld();
    const phone = world.connect("ann", { label: "phone" });
    const tablet = world.connect("ann", { label: "tablet" });
    const [bob, cem] = [world.connect("bob"), world.connect("cem")];
    await Promise.all([
      phone.send("call.start", { callee_id: "bob" }),
      tablet.send("call.start", { callee_id: "cem" }),
    ]);
    expect([phone.heard(), tablet.heard()]).toEqual([["call.ringing"], ["error user_busy"]]);
    expect([bob.heard(), cem.heard()]).toEqual([["call.ring"], []]);
  });

  test("CALL-4 a call that ends while the callee is asked stands in nobody's way", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    const cem = world.connect("cem");
    const asked = world.network.hold({ kind: "call.probe", leg: "back" });
    const started = ann.send("call.start", { callee_id: "cem" });
    await world.quiet();
    await bob.send("call.end", { session_id: session });
    asked.release();
    await started;
    expect(ann.heard()).toEqual(["call.ended ended_by_user", "call.ringing"]);
    expect(cem.heard()).toEqual(["call.ring"]);
  });

  test("CALL-16 a user in a live call is not rung, also when the store has forgotten that call", async () => {
    const world = newWorld();
    const { ann, bob } = await established(world);
    world.store.memory.flush();
    const cem = world.connect("cem");
    for (const callee_id of ["bob", "ann"]) {
      await cem.send("call.start", { callee_id });
      expect(cem.last("error")).toEqual(busy);
    }
    await world.pass(0);
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
    expect(world.remains()).not.toContainEqual(expect.stringContaining("cem"));
    expect(world.store.memory.locks.get("ann")).toMatchObject({ peer: "bob" });
  });

  test("CALL-17 sixty starts a minute, then a wait", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    for (let n = 0; n < 60; n += 1) await ann.send("call.start", { callee_id: "nobody" });
    expect(new Set(ann.heard())).toEqual(new Set(["error user_offline"]));
    await world.pass(20_500);
    await ann.send("call.start", { callee_id: "nobody" });
    expect(ann.last("error")).toMatchObject({ code: "rate_limited", retry_after: 40 });
    await world.pass(39_500);
    await ann.send("call.start", { callee_id: "nobody" });
    expect(ann.last("error")).toEqual(offline);
  });

  test("CALL-18 rings for as long as the caller wants", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world, { ring_timeout: 5 });
    await world.pass(4_999);
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
    await world.pass(1);
    expect([ann.heard(), bob.heard()]).toEqual([
      ["call.ended no_answer"],
      ["call.ended no_answer"],
    ]);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-18 the store holds the users for longer than it rings", async () => {
    const world = newWorld();
    const { session } = await ringing(world, { ring_timeout: 180 });
    await world.pass(179_000);
    expect(await world.store.memory.find(session)).toMatchObject({ state: "ringing" });
  });

  test("GRACE-5 a new socket that starts another call gives up the old one", async () => {
    const world = newWorld();
    const { bob } = await established(world);
    world.connect("cem");
    const again = world.connect("ann");
    expect(again.heard()).toEqual(["call.resumed"]);
    await again.send("call.start", { callee_id: "cem" });
    expect(again.heard()).toEqual(["call.ringing"]);
    expect(bob.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("CALL-16 a caller that is in another call by the time the store answers is busy", async () => {
    const world = newWorld();
    const [ann, bob, cem] = ["ann", "bob", "cem"].map((user) => world.connect(user));
    const answer = world.store.hold("start");
    const started = ann?.send("call.start", { callee_id: "bob" });
    await world.quiet();
    world.store.memory.flush();
    await cem?.send("call.start", { callee_id: "ann" });
    answer.release();
    await started;
    expect([ann?.heard(), cem?.heard()]).toEqual([
      ["call.ring", "error user_busy"],
      ["call.ringing"],
    ]);
    expect(bob?.heard()).toEqual([]);
    await world.quiet();
    expect(world.store.memory.locks.get("bob")).toBeUndefined();
    expect(world.store.memory.locks.get("ann")).toMatchObject({ peer: "cem" });
  });

  test("a caller that goes away while the store is asked leaves nobody busy, and nobody rings", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" });
    ann.close();
    await started;
    await world.quiet();
    expect(bob.heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });
});

describe("the cost of calls", () => {
  test("STORE-1 a start, an accept and an end are one command each", async () => {
    const world = newWorld();
    const { ann, session } = await established(world);
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(world.store.commands).toEqual(["start", "change", "end"]);
  });

  test("STORE-1 a start that is taken back is one more", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "nobody" });
    await world.quiet();
    expect(world.store.commands).toEqual(["start", "end"]);
  });
});
