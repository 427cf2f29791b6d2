import { describe, expect, test } from "vitest";
import { newWorld, ringing } from "../../support/world.ts";

describe("nobody answers", () => {
  test("CALL-15 both are told no_answer, and are free", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    await world.pass(44_999);
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
    await world.pass(1);
    expect([ann.heard(), bob.heard()]).toEqual([
      ["call.ended no_answer"],
      ["call.ended no_answer"],
    ]);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-15 the callee's object sees to it when the caller's alarm is lost", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    world.user("ann").deadlines.delete("call");
    await world.pass(60_000);
    expect([ann.heard(), bob.heard()]).toEqual([
      ["call.ended no_answer"],
      ["call.ended no_answer"],
    ]);
    expect(world.remains()).toEqual([]);
  });

  test.each(["call.accept", "call.reject", "call.end", "call.check", "webrtc.offer"])(
    "CALL-15 %s after the time is over finds no call, though both alarms are late",
    async (type) => {
      const world = newWorld();
      const { ann, bob, session } = await ringing(world);
      world.skip(45_000);
      await bob.send(type, { session_id: session, sdp: "v=0" });
      const answer = type === "call.check" ? "call.check_result" : "error session_not_found";
      expect(bob.heard().toSorted()).toEqual(["call.ended no_answer", answer].toSorted());
      expect(ann.heard()).toEqual(["call.ended no_answer"]);
      await world.pass(0);
      expect(world.remains()).toEqual([]);
    },
  );

  test("CALL-15 an accept that was under way when the time ran out does not go through", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    const accepted = world.network.hold({ kind: "call.accepted", leg: "there" });
    const answer = bob.send("call.accept", { session_id: session });
    await world.quiet();
    world.skip(45_000);
    accepted.release();
    await answer;
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
    expect(bob.heard()).toEqual(["call.ended no_answer", "error session_not_found"]);
    await world.pass(0);
    expect(world.remains()).toEqual([]);
  });

  test("CALL-15 the next start of a user whose alarm is late goes through", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    world.skip(45_000);
    await ann.send("call.start", { callee_id: "bob" });
    expect(ann.heard()).toEqual(["call.ended no_answer", "call.ringing"]);
    expect(bob.heard()).toEqual(["call.ended no_answer", "call.ring"]);
  });

  test("OBJ-3 an alarm that comes early does nothing", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    for (const name of ["ann", "bob"]) world.user(name).deadlines.set("call", world.now + 1_000);
    await world.pass(44_000);
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
    await world.pass(1_000);
    expect(ann.heard()).toEqual(["call.ended no_answer"]);
  });
});
