import { describe, expect, it } from "vitest";
import { settle } from "./support/clock.ts";
import {
  acknowledge,
  accepting,
  calleeConnected,
  callerConnected,
  claim,
  ringing,
  rung,
  SESSION,
  starting,
} from "./support/calls.ts";
import { World } from "./support/world.ts";

describe("CLIENT-2 claim", () => {
  it("is the first frame on the new socket, and the rest waits for its answer", async () => {
    const world = await callerConnected();
    world.socket.drop();
    world.peer.found("candidate:1");
    world.peer.found("candidate:2");
    await settle();
    await world.open();
    expect(world.socket.types()).toEqual(["call.check"]);
    expect(world.socket.last("call.check").payload).toEqual({ session_id: SESSION });
    expect(world.client.state.connection).toBe("connecting");
    await claim(world, { exists: true, state: "accepted", caller_id: "me" });
    expect(world.client.state.connection).toBe("open");
    expect(world.phase).toBe("connected");
  });

  it("sends what was not acknowledged again, in order, and what was acknowledged not", async () => {
    const world = await callerConnected();
    const first = world.socket;
    acknowledge(world, "call.start");
    for (const name of ["a", "b", "c"]) world.peer.found(name);
    await settle();
    const [a, b, c] = first.frames.filter(({ type }) => type === "webrtc.ice");
    first.say("ack", {}, b?.ref);
    first.drop();
    world.peer.found("d");
    await world.open();
    await claim(world, { exists: true, state: "accepted" });
    const again = world.socket.frames.filter(({ payload }) => Boolean(payload["candidate"]));
    expect(again.map(({ payload }) => payload["candidate"])).toEqual(["a", "c", "d"]);
    expect(again.slice(0, 2)).toEqual([a, c]);
    expect(world.socket.types()).not.toContain("call.start");
  });

  it("does not repeat an offer that was answered", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open();
    await claim(world, { exists: true, state: "accepted" });
    expect(world.socket.types()).not.toContain("webrtc.offer");
  });

  it("ends the call when the service no longer knows it", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open();
    await claim(world, { exists: false });
    expect(world.ended.map(({ code }) => code)).toEqual(["gone"]);
    expect(world.devices.open()).toEqual([]);
    expect(world.peer.closed).toBe(true);
    expect(world.client.state.connection).toBe("open");
  });

  it("keeps an established call through a store outage", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open();
    const { ref } = world.socket.last("call.check");
    world.socket.say("error", { code: "internal_error", message: "Failed to check call" }, ref);
    expect(world.phase).toBe("connected");
    expect(world.client.state.connection).toBe("open");
  });

  it("tries another socket when the claim is not answered", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open();
    await world.clock.advance(15_000);
    expect(world.sockets.length).toBeGreaterThan(2);
    expect(world.sockets[1]?.closedWith).toBe(4000);
  });

  it("tells a ringing callee that another of its devices has answered", async () => {
    const world = await rung();
    world.socket.drop();
    await world.open();
    await claim(world, { exists: true, state: "accepted" });
    expect(world.ended.map(({ code }) => code)).toEqual(["answered_elsewhere"]);
  });
});

describe("CLIENT-2 what was lost in a dying socket", () => {
  /** Connected, with an offer of ours on its way: the camera was switched on. */
  const offering = async (): Promise<World> => {
    const world = await callerConnected();
    await world.client.setCamera(true);
    await settle();
    acknowledge(world, "webrtc.offer");
    return world;
  };
  const offers = (world: World) => world.socket.types().filter((type) => type === "webrtc.offer");

  it("is made good: our offer is said again, and the other side is asked to do the same", async () => {
    const world = await offering();
    const { payload } = world.socket.last("webrtc.offer");
    world.socket.drop();
    await world.open();
    await claim(world, { exists: true, state: "accepted" });
    expect(offers(world)).toHaveLength(1);
    expect(world.socket.last("webrtc.offer").payload).toEqual(payload);
    expect(world.socket.last("webrtc.ice").payload).toMatchObject({ candidate: "", resync: true });
  });

  it("is said again when the other side asks", async () => {
    const world = await offering();
    const before = offers(world).length;
    world.socket.say("webrtc.ice", { session_id: SESSION, candidate: "", resync: true });
    await settle();
    expect(offers(world)).toHaveLength(before + 1);
    expect(world.peer.candidates).toEqual([]);
  });

  it("is not said again once it is answered", async () => {
    const world = await callerConnected();
    const before = offers(world).length;
    world.socket.say("webrtc.ice", { session_id: SESSION, candidate: "", resync: true });
    await settle();
    expect(offers(world)).toHaveLength(before);
  });
});

describe("CLIENT-2 call.resumed", () => {
  it("moves a ringing caller on when the callee answered meanwhile", async () => {
    const world = await ringing();
    world.socket.drop();
    await world.open();
    world.socket.say("call.resumed", {
      session_id: SESSION,
      state: "accepted",
      role: "caller",
      peer_id: "bob",
    });
    world.socket.say("call.accepted", {
      session_id: SESSION,
      callee_info: { user_id: "bob", name: "Bob" },
    });
    await claim(world, { exists: true, state: "accepted" });
    expect(world.connections).toHaveLength(1);
    expect(world.socket.types()).toContain("webrtc.offer");
    expect(world.client.state.call?.peer.name).toBe("Bob");
  });

  it("proves that our accept arrived, so it is not sent again", async () => {
    const world = await accepting();
    world.socket.drop();
    await world.open();
    world.socket.say("call.resumed", {
      session_id: SESSION,
      state: "accepted",
      role: "callee",
      peer_id: "bob",
    });
    await claim(world, { exists: true, state: "accepted" });
    expect(world.socket.types()).not.toContain("call.accept");
    expect(world.phase).toBe("connecting");
  });

  it("without it the accept is sent again, and its answer decides", async () => {
    const world = await accepting();
    world.socket.drop();
    await world.open();
    await claim(world, { exists: true, state: "ringing" });
    const { ref } = world.socket.last("call.accept");
    world.socket.say("error", { code: "invalid_state", message: "Invalid state transition" }, ref);
    expect(world.ended.map(({ code }) => code)).toEqual(["answered_elsewhere"]);
    expect(world.devices.open()).toEqual([]);
  });

  it("of a call this page does not know lets the other side go", async () => {
    const world = new World();
    await world.open();
    world.socket.say("call.resumed", {
      session_id: SESSION,
      state: "accepted",
      role: "callee",
      peer_id: "bob",
    });
    expect(world.socket.last("call.end").payload).toEqual({ session_id: SESSION });
    expect(world.client.state.call).toBeUndefined();
  });
});

describe("CLIENT-2 without a socket", () => {
  it("a hang-up is said later", async () => {
    const world = await calleeConnected();
    world.socket.drop();
    world.client.hangUp();
    expect(world.devices.open()).toEqual([]);
    await world.open();
    expect(world.socket.types()).toEqual(["call.end"]);
  });

  it("a call that the service has not confirmed is over", async () => {
    const world = await starting();
    world.socket.drop();
    expect(world.ended.map(({ code }) => code)).toEqual(["connection_lost"]);
    await world.open();
    expect(world.socket.types()).toEqual([]);
  });

  it("no call can be started", async () => {
    const world = new World();
    await world.client.call("bob");
    expect(world.ended.map(({ code }) => code)).toEqual(["not_connected"]);
    expect(world.devices.open()).toEqual([]);
  });
});
