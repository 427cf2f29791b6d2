import { describe, expect, test } from "vitest";
import { established, newWorld, ringing } from "../support/world.ts";

const candidates = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `candidate ${from + n}`);

describe("signaling that waits", () => {
  test("SIG-3 before the answer waits for the device that accepts; other devices get none", async () => {
    const world = newWorld();
    const tablet = world.connect("bob", { label: "tablet" });
    const { ann, bob, session } = await ringing(world);
    tablet.take();
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await ann.send("webrtc.ice", { session_id: session, candidate: "a" });
    await world.quiet();
    expect([bob.take(), tablet.take()]).toEqual([[], []]);
    const told = world.network.hold({ kind: "call.accepted" });
    const accepted = bob.send("call.accept", { session_id: session });
    await world.quiet();
    expect(bob.heard()).toEqual(["webrtc.offer", "webrtc.ice"]);
    told.release();
    await accepted;
    expect(tablet.heard()).toEqual(["call.ended answered_elsewhere"]);
  });

  test("SIG-3 waits on when the callee's last device goes away and comes back", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await world.quiet();
    bob.close();
    const back = world.connect("bob");
    expect(back.heard()).toEqual(["call.ring"]);
    await back.send("call.accept", { session_id: session });
    expect(back.heard()).toEqual(["webrtc.offer"]);
  });

  test("SIG-3 does not outlive its call", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await ann.send("webrtc.offer", { session_id: session, sdp: "old" });
    await world.quiet();
    await ann.send("call.end", { session_id: session });
    await ann.send("call.start", { callee_id: "bob" });
    bob.take();
    const { session_id } = ann.last("call.ringing");
    await bob.send("call.accept", { session_id });
    expect(bob.heard()).toEqual([]);
  });

  test("SIG-4 up to 256 messages wait; the sender of one more is told", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.close();
    for (const candidate of candidates(0, 257)) {
      await ann.send("webrtc.ice", { session_id: session, candidate });
    }
    await world.quiet();
    expect(ann.take().map(({ payload }) => payload)).toEqual([
      {
        code: "internal_error",
        message: "Failed to forward ICE candidate",
        ref_type: "webrtc.ice",
        session_id: session,
      },
    ]);
    const [, ...got] = world.connect("bob").take();
    expect(got.map(({ payload }) => payload["candidate"])).toEqual(candidates(0, 256));
  });

  test("SIG-4 up to 1 MiB waits, in bytes", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.close();
    for (let n = 0; n < 3; n += 1) {
      await ann.send("webrtc.offer", { session_id: session, sdp: "€".repeat(133_333) });
    }
    await world.quiet();
    expect(ann.take().map(({ payload }) => payload["message"])).toEqual([
      "Failed to forward offer",
    ]);
    expect(world.connect("bob").heard()).toEqual(["call.resumed", "webrtc.offer", "webrtc.offer"]);
  });

  test("the answer to a start does not need room", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    ann.close();
    const accepted = world.network.hold({ kind: "call.accepted", leg: "there" });
    const answer = bob.send("call.accept", { session_id: session });
    await world.quiet();
    for (const candidate of candidates(0, 257)) {
      void bob.send("webrtc.ice", { session_id: session, candidate });
    }
    accepted.release();
    await answer;
    await world.quiet();
    const [, first, ...more] = world.connect("ann").heard();
    expect(first).toBe("call.accepted");
    expect(more).toHaveLength(255);
  });

  test("waits when the socket is just closing", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.open = false;
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await world.quiet();
    bob.close();
    expect(world.connect("bob").heard()).toEqual(["call.resumed", "webrtc.offer"]);
  });
});
