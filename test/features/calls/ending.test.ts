import { describe, expect, test } from "vitest";
import { established, newWorld, ringing } from "../../support/world.ts";

const PLACES = [
  ["a ringing call", ringing],
  ["an accepted call", established],
] as const;

describe.each(PLACES)("the end of %s", (_, place) => {
  test.each([
    ["ann", "bob"],
    ["bob", "ann"],
  ] as const)("CALL-7 by %s is told to %s, with who it was", async (one, other) => {
    const world = newWorld();
    const { session, ...clients } = await place(world);
    await clients[one].send("call.end", { session_id: session });
    await world.quiet();
    const peer_info = { user_id: one, name: one.toUpperCase() };
    expect(clients[other].take()).toEqual([
      { type: "call.ended", payload: { session_id: session, reason: "ended_by_user", peer_info } },
    ]);
    expect(clients[one].take()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test.each([
    ["ann", "bob"],
    ["bob", "ann"],
  ] as const)("by %s does not wait for %s, who is told later", async (one, other) => {
    const world = newWorld();
    const { session, ...clients } = await place(world);
    const mend = world.network.cut({ to: other });
    await clients[one].send("call.end", { session_id: session });
    expect(clients[one].heard()).toEqual([]);
    await world.pass(20_000);
    expect(clients[other].heard()).toEqual([]);
    mend();
    await world.pass(30_000);
    expect(clients[other].heard()).toEqual(["call.ended ended_by_user"]);
    expect(world.remains()).toEqual([]);
  });

  test.each([
    ["ann", "bob"],
    ["bob", "ann"],
  ] as const)("by %s reaches %s once, though its acknowledgement is lost", async (one, other) => {
    const world = newWorld();
    const { session, ...clients } = await place(world);
    const mend = world.network.cut({ to: other, leg: "back" });
    await clients[one].send("call.end", { session_id: session });
    await world.pass(10_000);
    mend();
    await world.pass(30_000);
    expect(clients[other].heard()).toEqual(["call.ended ended_by_user"]);
    expect(clients[one].heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("STORE-9 is told at once while the store is away; both are free when it returns", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    world.store.fault = "refuse";
    await ann.send("call.end", { session_id: session });
    expect(bob.heard()).toEqual(["call.ended ended_by_user"]);
    await world.pass(90_000);
    expect(world.remains()).toContainEqual(expect.stringContaining("ann: closing:"));
    world.store.fault = "none";
    await world.pass(30_000);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-13 by both at once: one wins, the other gets both answers", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    await Promise.all([
      bob.send("call.end", { session_id: session }),
      ann.send("call.end", { session_id: session }),
    ]);
    await world.quiet();
    expect(ann.heard()).toEqual([]);
    expect(bob.heard()).toEqual(["call.ended ended_by_user", "error session_not_found"]);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-10 leaves nothing to end, check or signal", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    await ann.send("call.end", { session_id: session });
    world.store.commands.length = 0;
    for (const client of [ann, bob]) {
      client.take();
      await client.send("call.end", { session_id: session });
      await client.send("call.check", { session_id: session });
      await client.send("webrtc.ice", { session_id: session });
      expect(client.heard()).toEqual([
        "error session_not_found",
        "call.check_result",
        "error session_not_found",
      ]);
    }
    // Both know that it is over.
    expect(world.store.commands).toEqual([]);
  });

  test("OBJ-5 asked for twice by the callee's object, it frees both users all the same", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    world.network.repeat({ kind: "call.finish" });
    await bob.send("call.end", { session_id: session });
    await world.quiet();
    expect(ann.heard()).toEqual(["call.ended ended_by_user"]);
    expect(world.remains()).toEqual([]);
  });

  test("OBJ-5 told twice to the callee's object, it is heard once", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    world.network.repeat({ kind: "call.ended" });
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(bob.heard()).toEqual(["call.ended ended_by_user"]);
  });

  test("DEV-3 by another device of a user is heard by the one in the call", async () => {
    const world = newWorld();
    const { ann, bob, session } = await place(world);
    await world.connect("ann", { label: "tablet" }).send("call.end", { session_id: session });
    expect(ann.heard()).toEqual(["call.ended ended_by_user"]);
    expect(bob.heard()).toEqual(["call.ended ended_by_user"]);
  });
});
