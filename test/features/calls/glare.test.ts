import { describe, expect, test } from "vitest";
import { newWorld, ringing, type World } from "../../support/world.ts";

/** Ann has called Bob, and her ring is still on its way. */
async function ringOnItsWay(world: World) {
  const ann = world.connect("ann");
  const bob = world.connect("bob");
  const ring = world.network.hold({ kind: "call.ring", leg: "there" });
  const started = ann.send("call.start", { callee_id: "bob" });
  await world.quiet();
  expect(ring.count()).toBe(1);
  const arrive = async () => {
    ring.release();
    await started;
  };
  return { ann, bob, arrive };
}

const joinAnn = { callee_id: "ann", glare: "join" };

describe("both call each other", () => {
  test("GLARE-1 the call created first survives, whoever asks", async () => {
    const world = newWorld();
    const [ann, bob] = [world.connect("ann"), world.connect("bob")];
    await Promise.all([
      ann.send("call.start", { callee_id: "bob" }),
      bob.send("call.start", { callee_id: "ann" }),
    ]);
    expect(ann.heard()).toEqual(["call.ringing"]);
    expect(bob.last("call.ring")).toMatchObject({ caller_id: "ann", glare: true });
    expect(bob.heard().slice(-2)).toEqual(["error user_busy", "call.ring"]);
    expect(world.store.memory.sessions.size).toBe(1);
  });

  test("GLARE-3 the later caller is told busy, and then the ring once more, marked", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await bob.send("call.start", { callee_id: "ann" });
    const [busy, ring, ...more] = bob.take();
    expect(busy).toMatchObject({ type: "error", payload: { code: "user_busy" } });
    expect(ring).toEqual({
      type: "call.ring",
      payload: {
        session_id: session,
        caller_id: "ann",
        caller_info: { user_id: "ann", name: "ANN" },
        glare: true,
      },
    });
    expect(more).toEqual([]);
    await bob.send("call.accept", { session_id: session });
    expect(ann.heard()).toEqual(["call.accepted"]);
  });

  test("GLARE-3 a ring still on its way says so when it comes, to the device that called", async () => {
    const world = newWorld();
    const { bob, arrive } = await ringOnItsWay(world);
    const tablet = world.connect("bob", { label: "tablet" });
    await bob.send("call.start", { callee_id: "ann" });
    expect(bob.heard()).toEqual(["error user_busy"]);
    await arrive();
    expect(bob.last("call.ring")).toMatchObject({ caller_id: "ann", glare: true });
    expect(tablet.last("call.ring")).not.toHaveProperty("glare");
  });

  test("GLARE-3 the mark is of that call alone", async () => {
    const world = newWorld();
    const { ann, bob, arrive } = await ringOnItsWay(world);
    await bob.send("call.start", { callee_id: "ann" });
    await arrive();
    bob.take();
    await ann.send("call.end", { session_id: ann.last("call.ringing")["session_id"] });
    await ann.send("call.start", { callee_id: "bob" });
    expect(bob.last("call.ring")).not.toHaveProperty("glare");
  });

  test.each([
    ["has rung", false],
    ["is still on its way", true],
  ])("GLARE-2 joins the surviving call when it %s", async (_, onItsWay) => {
    const world = newWorld();
    const { ann, bob, arrive } = onItsWay
      ? await ringOnItsWay(world)
      : { ...(await ringing(world)), arrive: async () => {} };
    await bob.send("call.start", joinAnn, { ref: "r" });
    const joined = bob.take();
    await arrive();
    await world.quiet();
    expect(joined).toEqual([
      {
        type: "call.joined",
        payload: {
          session_id: expect.any(String) as string,
          caller_id: "ann",
          caller_info: { user_id: "ann", name: "ANN" },
          role: "callee",
        },
        ref: "r",
      },
    ]);
    expect(ann.heard()).toEqual([...(onItsWay ? ["call.ringing"] : []), "call.accepted"]);
    expect(bob.heard()).toEqual([]);
    const session_id = joined[0]?.payload["session_id"];
    await bob.send("webrtc.answer", { session_id, sdp: "v=0" });
    await ann.send("webrtc.offer", { session_id, sdp: "v=0" });
    expect([ann.heard(), bob.heard()]).toEqual([["webrtc.answer"], ["webrtc.offer"]]);
  });

  test("GLARE-2 the other devices of the one who joins stop ringing", async () => {
    const world = newWorld();
    const tablet = world.connect("bob", { label: "tablet" });
    const { bob } = await ringing(world);
    tablet.take();
    await bob.send("call.start", joinAnn);
    expect(tablet.heard()).toEqual(["call.ended answered_elsewhere"]);
  });

  test("GLARE-2 a caller that has given up meanwhile: joined and ended, and no other answer", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    const ended = world.network.hold({ kind: "call.ended", leg: "there" });
    const accepted = world.network.hold({ kind: "call.accepted", leg: "there" });
    const joined = bob.send("call.start", joinAnn, { ref: "r" });
    await world.quiet();
    await ann.send("call.end", { session_id: session });
    accepted.release();
    await joined;
    ended.release();
    await world.quiet();
    expect(bob.heard()).toEqual(["call.joined", "call.ended ended_by_user"]);
    expect(ann.heard()).toEqual([]);
    expect(world.remains()).toEqual([]);
  });

  test("GLARE-2 joins a call of which its own caller has not heard yet", async () => {
    const world = newWorld();
    const [ann, bob] = [world.connect("ann"), world.connect("bob")];
    const answer = world.store.hold("start");
    const started = ann.send("call.start", { callee_id: "bob" }, { ref: "r" });
    await world.quiet();
    await bob.send("call.start", joinAnn);
    expect(bob.heard()).toEqual(["call.joined"]);
    expect(ann.take().map(({ type, ref }) => [type, ref])).toEqual([
      ["call.ringing", "r"],
      ["call.accepted", undefined],
    ]);
    answer.release();
    await started;
    await world.pass(60_000);
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
    expect(world.callOf("ann")).toMatchObject({ role: "caller", state: "accepted" });
  });

  test("GLARE-2 does not join a call that its caller has given up, having lost the store's answer", async () => {
    const world = newWorld();
    const [ann, bob] = [world.connect("ann"), world.connect("bob")];
    // The store gives Ann the call, but she does not hear of it, and asks whether Bob is there.
    const answer = world.store.hold("start");
    const probe = world.network.hold({ from: "ann", kind: "call.probe", leg: "there" });
    const release = world.network.hold({ from: "ann", kind: "call.ended", leg: "there" });
    world.store.fault = "lose-answer";
    const started = ann.send("call.start", { callee_id: "bob" }, { ref: "r" });
    await world.quiet();
    world.store.fault = "none";
    const joined = bob.send("call.start", joinAnn);
    const change = world.store.hold("change");
    await world.quiet();
    answer.release();
    await world.quiet();
    change.release();
    await joined;
    for (const held of [probe, release]) held.release();
    await started;
    await world.pass(10_000);
    expect(ann.heard()).toEqual(["error internal_error"]);
    expect(bob.heard()).toEqual(["call.joined", "call.ended unreachable"]);
    expect(world.remains()).toEqual([]);
  });

  test("GLARE-2 joining a caller who is out of reach: joined and ended, and no other answer", async () => {
    const world = newWorld();
    const { ann, bob } = await ringing(world);
    world.network.cut({ to: "ann", kind: "call.accepted" });
    await bob.send("call.start", joinAnn, { ref: "r" });
    await world.quiet();
    expect(bob.heard()).toEqual(["call.joined", "call.ended peer_disconnected"]);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
    expect(world.remains()).toEqual([]);
  });

  test("STORE-8 joining fails as a start fails while the store is away, and the call rings on", async () => {
    const world = newWorld();
    const { bob, session } = await ringing(world);
    world.store.fault = "refuse";
    await bob.send("call.start", joinAnn);
    expect(bob.last("error")).toMatchObject({ message: "Failed to start call", retry_after: 2 });
    world.store.fault = "none";
    await bob.send("call.check", { session_id: session });
    expect(bob.last("call.check_result")).toMatchObject({ state: "ringing" });
  });

  test("GLARE-2 joining a call that the store has lost is busy, and then rings", async () => {
    const world = newWorld();
    const { bob } = await ringing(world);
    world.store.memory.flush();
    await bob.send("call.start", joinAnn);
    expect(bob.heard()).toEqual(["error user_busy", "call.ring"]);
  });
});
