import { describe, expect, test } from "vitest";
import { android, ask, callBob, callToken, reachable, woken } from "../../support/world/pushing.ts";
import { newWorld, type World } from "../../support/world.ts";

describe("a call that was accepted without a socket", () => {
  const accepted = async (world: World) => {
    const call = await woken(world);
    const { session, token } = call;
    await ask(world, "bob", "call.accept", { session, token });
    expect(call.ann.heard()).toEqual(["call.accepted"]);
    return call;
  };

  test("PUSH-16 ends after the grace", async () => {
    const world = newWorld();
    const { ann } = await accepted(world);
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
    await world.pass(60_000);
    expect(world.remains()).toEqual([]);
  });

  test("PUSH-16 goes on when its device comes and names it", async () => {
    const world = newWorld();
    const { ann, session } = await accepted(world);
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    const phone = world.connect("bob", { label: "phone" });
    expect(phone.heard()).toEqual(["call.resumed", "webrtc.offer"]);
    await phone.send("webrtc.answer", { session_id: session, sdp: "v=1" });
    await world.pass(60_000);
    expect(ann.heard()).toEqual(["webrtc.answer"]);
  });

  test("PUSH-16 goes on when another socket of the user names it", async () => {
    const world = newWorld();
    const { ann, session } = await accepted(world);
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    const bob = world.connect("bob");
    expect(bob.heard()).toEqual([]);
    await bob.send("call.check", { session_id: session });
    expect(bob.heard()).toEqual(["call.resumed", "webrtc.offer", "call.check_result"]);
    await bob.send("webrtc.answer", { session_id: session, sdp: "v=1" });
    await world.pass(60_000);
    expect(ann.heard()).toEqual(["webrtc.answer"]);
    await ann.send("call.end", { session_id: session });
    expect(bob.heard()).toEqual(["call.ended ended_by_user"]);
  });

  test("PUSH-16 a socket that was there must name it, too", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    world.push.outcome = () => ({ outcome: "taken" });
    const { ann, session } = await callBob(world);
    const phone = world.connect("bob", { label: "phone" });
    const token = callToken(world, "droid");
    await ask(world, "bob", "call.accept", { session, token });
    expect(phone.heard()).toEqual(["call.ring", "call.resumed"]);
    await world.pass(15_000);
    expect(ann.heard()).toEqual(["call.accepted", "call.ended peer_disconnected"]);
  });

  test("PUSH-16 another socket may take the place of one that was there and is lost", async () => {
    const world = newWorld();
    await reachable(world, "bob", android());
    const { ann, session } = await callBob(world);
    const phone = world.connect("bob", { label: "phone" });
    const token = callToken(world, "droid");
    await ask(world, "bob", "call.accept", { session, token });
    const bob = world.connect("bob");
    await bob.send("call.check", { session_id: session });
    expect(bob.heard()).toEqual(["call.check_result"]);
    phone.close();
    await bob.send("call.check", { session_id: session });
    expect(bob.heard()).toEqual(["call.resumed", "call.check_result"]);
    await world.pass(60_000);
    expect(ann.heard()).toEqual(["call.accepted"]);
  });
});
