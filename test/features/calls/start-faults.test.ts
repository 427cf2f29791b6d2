import { describe, expect, test } from "vitest";
import { newWorld, ringing, type World } from "../../support/world.ts";

const failed = {
  code: "internal_error",
  message: "Failed to start call",
  retry_after: 2,
  ref_type: "call.start",
};

/** Ann wants to call Bob; what she gets. */
async function call(world: World) {
  const ann = world.connect("ann");
  const bob = world.connect("bob");
  await ann.send("call.start", { callee_id: "bob" });
  await world.quiet();
  return { ann, bob };
}

describe("a callee's object that is out of reach", () => {
  test("gets no ring: the start fails and nobody is left busy", async () => {
    const world = newWorld();
    const mend = world.network.cut({ to: "bob" });
    const { ann, bob } = await call(world);
    expect(ann.last("error")).toEqual(failed);
    mend();
    await world.pass(4_000);
    expect(bob.heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("whose answer is lost rings until it is told, soon after", async () => {
    const world = newWorld();
    const mend = world.network.cut({ to: "bob", leg: "back" });
    const { ann, bob } = await call(world);
    expect(ann.last("error")).toEqual(failed);
    expect(bob.heard()).toEqual(["call.ring", "call.ended peer_disconnected"]);
    mend();
    await world.pass(4_000);
    expect(bob.heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("whose answer is lost after it has accepted is in a call, and the call goes on", async () => {
    const world = newWorld();
    const answer = world.network.hold({ kind: "call.ring", leg: "back" });
    world.network.cut({ kind: "call.ring", leg: "back" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" });
    await world.quiet();
    const { session_id } = bob.last("call.ring");
    await bob.send("call.accept", { session_id });
    answer.release();
    await started;
    await world.pass(60_000);
    expect(ann.heard()).toEqual(["call.ringing", "call.accepted"]);
    expect(bob.heard()).toEqual(["call.ring"]);
  });

  test("cannot be asked whether a lock is good: the start fails", async () => {
    const world = newWorld();
    await ringing(world);
    world.network.cut({ kind: "call.probe" });
    const cem = world.connect("cem");
    await cem.send("call.start", { callee_id: "bob" });
    expect(cem.last("error")).toEqual(failed);
    expect(world.remains()).not.toContainEqual(expect.stringContaining("cem"));
  });
});

describe("a store that is away", () => {
  test("STORE-8 fails the start, and nobody is left busy", async () => {
    const world = newWorld();
    world.store.fault = "refuse";
    const { ann, bob } = await call(world);
    expect(ann.last("error")).toEqual(failed);
    expect(bob.heard()).toEqual([]);
    world.store.fault = "none";
    await world.pass(60_000);
    expect(world.remains()).toEqual([]);
  });

  test("STORE-8 gives back what it may have taken", async () => {
    const world = newWorld();
    world.store.fault = "lose-answer";
    const ann = world.connect("ann");
    world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" });
    world.store.pace = (command) => {
      if (command === "end") world.store.fault = "refuse";
    };
    await started;
    expect(ann.last("error")).toEqual(failed);
    expect(world.store.memory.locks.get("bob")).toBeDefined();
    world.store.fault = "none";
    world.store.pace = () => {};
    await world.pass(4_000);
    expect(world.remains()).toEqual([]);
  });

  test("STORE-8 says offline all the same when the callee is", async () => {
    const world = newWorld();
    world.store.fault = "refuse";
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "nobody" });
    expect(ann.last("error")).toMatchObject({ code: "user_offline" });
  });
});

describe("a lock that is left over", () => {
  /** Bob's lock names a call that nobody's object knows. */
  async function crashed(world: World, session: string) {
    const key = { session, caller: "ghost", callee: "bob" };
    await world.store.memory.start(key, { user_id: "ghost" }, 300_000, []);
  }

  test("STORE-10 is respected while it is young, and healed by a start when it is not", async () => {
    const world = newWorld();
    await crashed(world, "gone");
    const { ann, bob } = await call(world);
    expect(ann.heard()).toEqual(["error user_busy"]);
    await world.pass(10_001);
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ringing"]);
    expect(bob.heard()).toEqual(["call.ring"]);
  });

  test("CALL-2 does not make an absent callee look busy", async () => {
    const world = newWorld();
    await crashed(world, "gone");
    const ann = world.connect("ann");
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["error user_offline"]);
  });

  test("STORE-10 is healed also when it is the caller's own", async () => {
    const world = newWorld();
    await crashed(world, "gone");
    await world.pass(10_001);
    world.connect("ann");
    const bob = world.connect("bob");
    await bob.send("call.start", { callee_id: "ann" });
    expect(bob.heard()).toEqual(["call.ringing"]);
  });

  test("STORE-5 is healed at once when the callee's object knows the call to be over", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    world.store.fault = "refuse";
    await ann.send("call.end", { session_id: session });
    world.store.fault = "none";
    expect(world.store.memory.locks.get("bob")).toMatchObject({ session });
    const cem = world.connect("cem");
    await cem.send("call.start", { callee_id: "bob" });
    expect(cem.heard()).toEqual(["call.ringing"]);
    expect(bob.heard()).toEqual(["call.ended ended_by_user", "call.ring"]);
  });

  test("STORE-5 costs nothing more when it is the caller who knows", async () => {
    const world = newWorld();
    const { ann, session } = await ringing(world);
    world.store.fault = "refuse";
    await ann.send("call.end", { session_id: session });
    world.store.fault = "none";
    world.store.commands.length = 0;
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ringing"]);
    expect(world.store.commands).toEqual(["start"]);
  });

  test("STORE-6 the old call's end, when it comes at last, leaves the new call alone", async () => {
    const world = newWorld();
    const { ann, session } = await ringing(world);
    world.store.fault = "refuse";
    await ann.send("call.end", { session_id: session });
    world.store.fault = "none";
    await ann.send("call.start", { callee_id: "bob" });
    const { session_id: newer } = ann.last("call.ringing");
    await world.pass(4_000);
    expect(world.store.commands.at(-1)).toBe("end");
    expect(world.store.memory.locks.get("bob")).toMatchObject({ session: newer });
  });
});
