import { describe, expect, it } from "vitest";
import { settle } from "./support/clock.ts";
import {
  acknowledge,
  accepting,
  BOB,
  calleeConnected,
  callerConnected,
  ringing,
  rung,
  SESSION,
  starting,
} from "./support/calls.ts";
import { World } from "./support/world.ts";

const CALL = { session_id: SESSION, state: "accepted", role: "caller", peer_id: "bob", here: true };
/** What `welcome` says to a client that has to start over. */
const over = (call?: Partial<typeof CALL>) => ({
  epoch: "epoch-2",
  resumed: false,
  calls: call === undefined ? [] : [{ ...CALL, ...call }],
});
const query = ({ socket }: World, name: string) => socket.url.searchParams.get(name);
const codes = (world: World) => world.ended.map(({ code }) => code);

describe("CLIENT-2 resumed", () => {
  it("proves where it stood: the token and the number of the last event", async () => {
    const world = await callerConnected();
    const { seq } = world.socket;
    expect([query(world, "resume_token"), query(world, "seq")]).toEqual([null, null]);
    world.socket.drop();
    await world.open();
    expect(query(world, "resume_token")).toBe("proof-1");
    expect(query(world, "seq")).toBe(String(seq));
    expect(seq).toBeGreaterThan(0);
  });

  it("goes on as if nothing had happened", async () => {
    const world = await callerConnected();
    for (const type of ["call.start", "webrtc.offer"]) acknowledge(world, type);
    const { call } = world.client.state;
    world.socket.drop();
    await world.open();
    expect(world.client.state).toEqual({ connection: "open", call });
    expect(world.socket.types()).toEqual([]);
  });

  it("takes what it missed, and only then sends again what has no result", async () => {
    const world = await callerConnected();
    for (const type of ["call.start", "webrtc.offer"]) acknowledge(world, type);
    for (const name of ["a", "b", "c"]) world.peer.found(name);
    await settle();
    const first = world.socket;
    const [a, b, c] = first.frames.filter(({ type }) => type === "webrtc.ice");
    first.say("ack", {}, b?.ref);
    first.drop();
    world.peer.found("d");
    await world.open({ seq: first.seq + 2 });
    expect(world.client.state.connection).toBe("connecting");
    world.socket.say("webrtc.ice", { session_id: SESSION, candidate: "theirs", sdpMid: "0" });
    await settle();
    expect(world.socket.types()).toEqual([]);
    world.socket.say("ack", {}, a?.ref);
    await settle();
    expect(world.client.state.connection).toBe("open");
    expect(world.peer.candidates).toMatchObject([{ candidate: "theirs" }]);
    expect(world.socket.frames[0]).toEqual(c);
    expect(world.socket.frames.map(({ payload }) => payload["candidate"])).toEqual(["c", "d"]);
  });

  it("takes no event twice", async () => {
    const world = await callerConnected();
    world.socket.seq -= 1;
    world.socket.say("call.ended", { session_id: SESSION, reason: "ended_by_user" });
    expect(world.phase).toBe("connected");
    world.socket.say("call.ended", { session_id: SESSION, reason: "ended_by_user" });
    expect(codes(world)).toEqual(["ended_by_user"]);
  });

  it("learns from what it missed that the callee answered", async () => {
    const world = await ringing();
    world.socket.drop();
    await world.open({ seq: world.socket.seq + 1 });
    world.socket.say("call.accepted", { session_id: SESSION, callee_info: BOB });
    await settle();
    expect(world.client.state.call?.peer.name).toBe("Bob Berg");
    expect(world.socket.types()).toEqual(["webrtc.offer"]);
  });

  it("sends an accept again with the same ref, and its answer decides", async () => {
    const world = await accepting();
    const { ref } = world.socket.last("call.accept");
    world.socket.drop();
    await world.open();
    expect(world.socket.frames).toMatchObject([{ type: "call.accept", ref }]);
    world.socket.say("error", { code: "invalid_state", message: "Invalid state transition" }, ref);
    expect(codes(world)).toEqual(["answered_elsewhere"]);
    expect(world.devices.open()).toEqual([]);
  });

  it("tries another socket when the welcome, or what was missed, does not come", async () => {
    const world = await callerConnected();
    const { seq } = world.socket;
    world.socket.drop();
    await world.open({ seq: seq + 1 });
    await world.clock.advance(15_000);
    expect(world.sockets[1]?.closedWith).toBe(4000);
    expect(world.sockets.length).toBeGreaterThan(2);
    expect(query(world, "seq")).toBe(String(seq));
  });

  it("begins anew after it has left", async () => {
    const world = new World();
    await world.open();
    world.client.disconnect();
    await world.open();
    expect(query(world, "resume_token")).toBeNull();
  });
});

describe("CLIENT-2 not resumed: it starts over", () => {
  it("a call that is not listed is over", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open(over());
    expect(codes(world)).toEqual(["gone"]);
    expect(world.devices.open()).toEqual([]);
    expect(world.peer.closed).toBe(true);
    expect(world.client.state.connection).toBe("open");
  });

  it("a call that is listed goes on, and the numbers begin again", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open(over({}));
    world.socket.say("call.resumed", CALL);
    expect(world.phase).toBe("connected");
    world.socket.drop();
    await world.open({ epoch: "epoch-2" });
    expect(query(world, "seq")).toBe("1");
    expect(world.phase).toBe("connected");
  });

  it("does not believe that another run of numbers is the same", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open({ epoch: "epoch-2", resumed: true });
    expect(codes(world)).toEqual(["gone"]);
  });

  it("does not repeat an offer that was answered", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open(over({}));
    expect(world.socket.types()).not.toContain("webrtc.offer");
  });

  it("tells a ringing callee that another of its devices has answered", async () => {
    const world = await rung();
    world.socket.drop();
    await world.open(over({ role: "callee", here: false }));
    expect(codes(world)).toEqual(["answered_elsewhere"]);
  });

  it("moves a ringing caller on when the callee answered meanwhile", async () => {
    const world = await ringing();
    world.socket.drop();
    await world.open(over({}));
    world.socket.say("call.resumed", CALL);
    world.socket.say("call.accepted", { session_id: SESSION, callee_info: BOB });
    await settle();
    expect(world.connections).toHaveLength(1);
    expect(world.socket.types()).toContain("webrtc.offer");
    expect(world.client.state.call?.peer.name).toBe("Bob Berg");
  });

  it("call.resumed proves that our accept arrived, whatever its repetition gets", async () => {
    const world = await accepting();
    world.socket.drop();
    await world.open(over({ role: "callee" }));
    world.socket.say("call.resumed", { ...CALL, role: "callee" });
    const { ref } = world.socket.last("call.accept");
    world.socket.say("error", { code: "invalid_state", message: "Invalid state transition" }, ref);
    expect(world.phase).toBe("connecting");
  });

  it("forgets a ring that waited: it is rung again if it lives", async () => {
    const world = await starting();
    world.socket.say("call.ring", { session_id: "other", caller_id: "eve" });
    world.socket.drop();
    await world.open(over());
    world.client.hangUp();
    expect(world.client.state.call).toBeUndefined();
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

  it("a call that the service has not confirmed is asked for again, with the same ref", async () => {
    const world = await starting();
    const { ref } = world.socket.last("call.start");
    world.socket.drop();
    await world.open();
    expect(world.socket.frames).toMatchObject([{ type: "call.start", ref }]);
    world.socket.say("call.ringing", { session_id: SESSION, callee_id: "bob" }, ref);
    expect(world.phase).toBe("ringing");
  });

  it("but not for ever", async () => {
    const world = await starting();
    world.socket.drop();
    await world.clock.advance(12_000);
    expect(codes(world)).toEqual(["connection_lost"]);
    world.socket.open();
    expect(world.socket.types()).toEqual([]);
  });

  it("no call can be started", async () => {
    const world = new World();
    await world.client.call("bob");
    expect(world.ended.map(({ code }) => code)).toEqual(["not_connected"]);
    expect(world.devices.open()).toEqual([]);
  });
});

describe("CLIENT-2 the other side", () => {
  it("is shown to be away until it is back", async () => {
    const world = await callerConnected();
    world.socket.say("call.peer_reconnecting", { session_id: SESSION, deadline: 1_015_000 });
    expect(world.client.state.call).toMatchObject({ peerAway: true, phase: "connected" });
    world.socket.say("call.peer_reconnected", { session_id: SESSION });
    expect(world.client.state.call?.peerAway).toBe(false);
  });

  it("counts as back when we have to start over", async () => {
    const world = await callerConnected();
    world.socket.say("call.peer_reconnecting", { session_id: SESSION, deadline: 1_015_000 });
    world.socket.drop();
    await world.open(over({}));
    expect(world.client.state.call?.peerAway).toBe(false);
  });
});
