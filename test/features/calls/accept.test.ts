import { describe, expect, test } from "vitest";
import { newWorld, ringing, ringingOnThree } from "../../support/world.ts";

describe("call.accept", () => {
  test("CALL-5 tells the caller, with the callee's profile; the accepter gets nothing", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await bob.send("call.accept", { session_id: session });
    const callee_info = { user_id: "bob", name: "BOB" };
    expect(ann.take()).toEqual([
      { type: "call.accepted", payload: { session_id: session, callee_info } },
    ]);
    expect(bob.take()).toEqual([]);
  });

  test("CALL-5 call.accepted never comes before call.ringing, whatever overtakes what", async () => {
    const world = newWorld();
    const answer = world.network.hold({ kind: "call.ring", leg: "back" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" }, { ref: "r" });
    await world.quiet();
    await bob.send("call.accept", { session_id: bob.last("call.ring")["session_id"] });
    expect(ann.take().map(({ type, ref }) => [type, ref])).toEqual([
      ["call.ringing", "r"],
      ["call.accepted", undefined],
    ]);
    answer.release();
    await started;
    expect(ann.take()).toEqual([]);
  });

  test("DEV-1 the first device has the call; the others are told which, and may not have it", async () => {
    const world = newWorld();
    const { ann, bob, phone, tablet, session } = await ringingOnThree(world);
    const answers = [phone, tablet].map((device) =>
      device.send("call.accept", { session_id: session }),
    );
    await Promise.all(answers);
    expect(ann.heard()).toEqual(["call.accepted"]);
    expect(phone.heard()).toEqual([]);
    const ended = { session_id: session, reason: "answered_elsewhere", device: "phone" };
    expect(bob.take().map(({ payload }) => payload)).toEqual([ended]);
    expect(tablet.heard().toSorted()).toEqual([
      "call.ended answered_elsewhere",
      "error invalid_state",
    ]);
  });

  test("an unlabelled device that answers is not named", async () => {
    const world = newWorld();
    const { bob, phone, session } = await ringingOnThree(world);
    await bob.send("call.accept", { session_id: session });
    expect(phone.last("call.ended")).toEqual({ session_id: session, reason: "answered_elsewhere" });
  });

  test("STORE-8 fails while the store is away, and may be tried again", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    world.store.fault = "refuse";
    await bob.send("call.accept", { session_id: session });
    expect(bob.take().map(({ payload }) => payload)).toEqual([
      {
        code: "internal_error",
        message: "Failed to accept call",
        ref_type: "call.accept",
        session_id: session,
      },
    ]);
    world.store.fault = "none";
    await bob.send("call.accept", { session_id: session });
    expect([ann.heard(), bob.heard()]).toEqual([["call.accepted"], []]);
  });

  test("STORE-3 goes through when only the store's answer was lost", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    world.store.fault = "lose-answer";
    await bob.send("call.accept", { session_id: session });
    expect(bob.heard()).toEqual(["error internal_error"]);
    world.store.fault = "none";
    await bob.send("call.accept", { session_id: session });
    expect([ann.heard(), bob.heard()]).toEqual([["call.accepted"], []]);
  });

  test("of a call that the store has lost goes through: the caller's object has the last word", async () => {
    const world = newWorld();
    const { ann, bob, phone, tablet, session } = await ringingOnThree(world);
    world.store.memory.flush();
    await phone.send("call.accept", { session_id: session });
    await world.quiet();
    expect(phone.heard()).toEqual([]);
    expect(ann.heard()).toEqual(["call.accepted"]);
    for (const client of [bob, tablet]) {
      expect(client.heard()).toEqual(["call.ended answered_elsewhere"]);
    }
    await world.pass(120_000);
    expect(world.store.memory.locks.get("ann")).toMatchObject({ session });
  });

  test.each(["there", "back"] as const)(
    "fails when the caller is out of reach (%s), and nobody stays busy",
    async (leg) => {
      const world = newWorld();
      const { ann, bob, session } = await ringing(world);
      const mend = world.network.cut({ to: "ann", leg });
      await bob.send("call.accept", { session_id: session });
      expect(bob.last("error")).toMatchObject({ message: "Failed to accept call" });
      mend();
      await world.pass(4_000);
      const before = leg === "there" ? [] : ["call.accepted"];
      expect(ann.heard()).toEqual([...before, "call.ended peer_disconnected"]);
      expect(world.remains()).toEqual([]);
    },
  );

  test("OBJ-5 told twice, the caller hears it once", async () => {
    const world = newWorld();
    world.network.repeat({ kind: "call.accepted" });
    const { ann, bob, session } = await ringing(world);
    await bob.send("call.accept", { session_id: session });
    expect([ann.heard(), bob.heard()]).toEqual([["call.accepted"], []]);
  });

  test("GRACE-2 waits for a caller that is away for a moment", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    ann.close();
    await bob.send("call.accept", { session_id: session });
    await bob.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await world.pass(5_000);
    const back = world.connect("ann");
    expect(back.heard()).toEqual(["call.resumed", "call.accepted", "webrtc.offer"]);
  });

  test("by a device that goes away meanwhile leaves it the grace", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    const accepted = bob.send("call.accept", { session_id: session });
    bob.close();
    await accepted;
    expect(ann.heard()).toEqual(["call.accepted"]);
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
    expect(world.remains()).toEqual([]);
  });
});
