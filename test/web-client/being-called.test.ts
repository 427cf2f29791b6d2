import { describe, expect, it } from "vitest";
import {
  acknowledge,
  accepting,
  BOB,
  calleeConnected,
  rung,
  SESSION,
  starting,
} from "./support/calls.ts";
import { settle } from "./support/clock.ts";
import type { World } from "./support/world.ts";

const codes = (world: World) => world.ended.map(({ code }) => code);

describe("being called", () => {
  it("rings once, however often the ring is said", async () => {
    const world = await rung();
    const { call } = world.client.state;
    world.socket.say("call.ring", { session_id: SESSION, caller_id: "bob", caller_info: BOB });
    expect(world.client.state.call).toBe(call);
    expect(call).toMatchObject({ role: "callee", phase: "incoming", peer: BOB });
  });

  it("answers, and waits for the offer", async () => {
    const world = await accepting();
    expect(world.phase).toBe("answering");
    acknowledge(world, "call.accept");
    await settle();
    expect(world.phase).toBe("connecting");
    expect(world.socket.types()).toEqual(["call.accept"]);
  });

  it("takes an offer that overtakes the acknowledgement", async () => {
    const world = await accepting();
    world.socket.say("webrtc.offer", { session_id: SESSION, sdp: "remote audio" });
    await settle();
    expect(world.socket.types()).toEqual(["call.accept", "webrtc.answer"]);
  });

  it("declines", async () => {
    const world = await rung();
    world.client.hangUp();
    expect(world.socket.types()).toEqual(["call.reject"]);
    expect(codes(world)).toEqual(["rejected"]);
  });

  it("hangs up after answering, even before the service confirmed", async () => {
    const world = await accepting();
    world.client.hangUp();
    expect(world.socket.types()).toEqual(["call.accept", "call.end"]);
  });

  it.each(["answered_elsewhere", "declined_elsewhere", "ended_by_user", "peer_disconnected"])(
    "stops at %s",
    async (reason) => {
      const world = await rung();
      world.socket.say("call.ended", { session_id: SESSION, reason });
      expect(codes(world)).toEqual([reason]);
    },
  );

  it("rings on when the service could not take the answer", async () => {
    const world = await accepting();
    const error = { code: "internal_error", message: "Failed to accept call" };
    world.socket.say("error", error, world.socket.last("call.accept").ref);
    expect(world.phase).toBe("incoming");
    expect(world.problems).toMatchObject([error]);
    expect(world.devices.open()).toEqual([]);
    await world.client.accept();
    await settle();
    expect(world.socket.types()).toEqual(["call.accept", "call.accept"]);
  });

  it("ignores another caller while in a call", async () => {
    const world = await calleeConnected();
    world.socket.say("call.ring", {
      session_id: "other",
      caller_id: "eve",
      caller_info: { user_id: "eve" },
    });
    expect(world.client.state.call?.peer.user_id).toBe("bob");
    world.client.hangUp();
    expect(world.client.state.call).toBeUndefined();
  });
});

describe("both call each other", () => {
  it("call.joined makes us the callee of the call that survives", async () => {
    const world = await starting();
    world.socket.say(
      "call.joined",
      { session_id: SESSION, caller_id: "bob", caller_info: BOB, role: "callee" },
      world.socket.last("call.start").ref,
    );
    await settle();
    expect(world.client.state.call).toMatchObject({
      role: "callee",
      phase: "connecting",
      peer: BOB,
    });
    expect(world.socket.types()).toEqual(["call.start"]);
    world.socket.say("webrtc.offer", { session_id: SESSION, sdp: "remote audio" });
    await settle();
    expect(world.socket.types()).toEqual(["call.start", "webrtc.answer"]);
  });

  it("the ring seen meanwhile is the same call, not a second one", async () => {
    const world = await starting();
    world.socket.say("call.ring", { session_id: SESSION, caller_id: "bob", caller_info: BOB });
    world.socket.say(
      "call.joined",
      { session_id: SESSION, caller_id: "bob", caller_info: BOB },
      world.socket.last("call.start").ref,
    );
    world.client.hangUp();
    expect(world.client.state.call).toBeUndefined();
    expect(codes(world)).toEqual(["hung_up"]);
  });

  it("user_busy and then a ring with glare rings", async () => {
    const world = await starting();
    world.socket.say(
      "error",
      { code: "user_busy", message: "User is busy" },
      world.socket.last("call.start").ref,
    );
    world.socket.say("call.ring", {
      session_id: SESSION,
      caller_id: "bob",
      caller_info: BOB,
      glare: true,
    });
    expect(codes(world)).toEqual(["user_busy"]);
    expect(world.phase).toBe("incoming");
  });

  it("a ring that came while we asked for the microphone is shown when our call fails", async () => {
    const world = await starting();
    world.socket.say("call.ring", {
      session_id: SESSION,
      caller_id: "eve",
      caller_info: { user_id: "eve" },
    });
    expect(world.phase).toBe("starting");
    world.socket.say(
      "error",
      { code: "user_busy", message: "User is busy" },
      world.socket.last("call.start").ref,
    );
    expect(world.client.state.call).toMatchObject({ phase: "incoming", peer: { user_id: "eve" } });
  });

  it("but not when it is over by then", async () => {
    const world = await starting();
    world.socket.say("call.ring", {
      session_id: SESSION,
      caller_id: "eve",
      caller_info: { user_id: "eve" },
    });
    world.socket.say("call.ended", { session_id: SESSION, reason: "ended_by_user" });
    world.client.hangUp();
    expect(world.client.state.call).toBeUndefined();
  });
});
