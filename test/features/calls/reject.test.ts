import { describe, expect, test } from "vitest";
import { newWorld, ringing, ringingOnThree } from "../../support/world.ts";

describe("call.reject", () => {
  test("CALL-6 tells the caller and ends the call; the rejecter gets nothing", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await bob.send("call.reject", { session_id: session });
    const callee_info = { user_id: "bob", name: "BOB" };
    expect(ann.take()).toEqual([
      { type: "call.rejected", payload: { session_id: session, callee_info } },
    ]);
    expect(bob.take()).toEqual([]);
    await world.quiet();
    expect(world.remains()).toEqual([]);
  });

  test("CALL-6 works while the store is away", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    world.store.fault = "refuse";
    await bob.send("call.reject", { session_id: session });
    expect([ann.heard(), bob.heard()]).toEqual([["call.rejected"], []]);
    world.store.fault = "none";
    await world.pass(4_000);
    expect(world.remains()).toEqual([]);
  });

  test("DEV-2 the callee's other devices are told which one declined", async () => {
    const world = newWorld();
    const { bob, phone, tablet, session } = await ringingOnThree(world);
    await phone.send("call.reject", { session_id: session });
    const ended = { session_id: session, reason: "declined_elsewhere", device: "phone" };
    expect(bob.last("call.ended")).toEqual(ended);
    expect(tablet.last("call.ended")).toEqual(ended);
    expect(phone.take()).toEqual([]);
  });

  test("CALL-12 of two devices that reject at once, one does", async () => {
    const world = newWorld();
    const { ann, phone, tablet, session } = await ringingOnThree(world);
    const answers = [phone, tablet].map((device) =>
      device.send("call.reject", { session_id: session }),
    );
    await Promise.all(answers);
    expect(ann.heard()).toEqual(["call.rejected"]);
    expect(phone.heard()).toEqual([]);
    expect(tablet.heard()).toContain("error session_not_found");
  });

  test("CALL-12 a reject that is lost on the way does not undo another device's accept", async () => {
    const world = newWorld();
    const { ann, phone, tablet, session } = await ringingOnThree(world);
    const onItsWay = world.network.hold({ kind: "call.finish" });
    world.network.cut({ kind: "call.finish" });
    void phone.send("call.reject", { session_id: session });
    await world.quiet();
    void tablet.send("call.accept", { session_id: session });
    await world.quiet();
    onItsWay.release();
    await world.pass(60_000);
    expect(ann.heard()).toEqual(["call.accepted"]);
    expect(phone.heard()).toEqual(["call.ended answered_elsewhere", "error invalid_state"]);
    expect(world.callOf("bob")).toMatchObject({ session, state: "accepted" });
  });

  test("FRAME-8 a start whose call is rejected before it was answered is answered first", async () => {
    const world = newWorld();
    const answer = world.network.hold({ kind: "call.ring", leg: "back" });
    const ann = world.connect("ann");
    const bob = world.connect("bob");
    const started = ann.send("call.start", { callee_id: "bob" }, { ref: "r" });
    await world.quiet();
    await bob.send("call.reject", { session_id: bob.last("call.ring")["session_id"] });
    answer.release();
    await started;
    expect(ann.take().map(({ type, ref }) => [type, ref])).toEqual([
      ["call.ringing", "r"],
      ["call.rejected", undefined],
    ]);
  });

  test.each(["there", "back"] as const)(
    "lets the rejecter go when the caller is out of reach (%s); the caller is told later",
    async (leg) => {
      const world = newWorld();
      const { ann, bob, session } = await ringing(world);
      const mend = world.network.cut({ to: "ann", leg });
      await bob.send("call.reject", { session_id: session });
      expect(bob.heard()).toEqual([]);
      mend();
      await world.pass(4_000);
      expect(ann.heard()).toEqual(["call.rejected"]);
      expect(world.remains()).toEqual([]);
    },
  );
});
