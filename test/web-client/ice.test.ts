import { describe, expect, it } from "vitest";
import {
  acknowledge,
  accepting,
  calleeConnected,
  callerConnected,
  offered,
  SESSION,
} from "./support/calls.ts";
import { settle } from "./support/clock.ts";
import { World } from "./support/world.ts";

const ice = (world: World, payload: Record<string, unknown>) =>
  world.socket.say("webrtc.ice", { session_id: SESSION, ...payload });
const offer = (world: World, sdp = "remote audio video") =>
  world.socket.say("webrtc.offer", { session_id: SESSION, sdp });
const answer = (world: World, sdp = "remote audio video") =>
  world.socket.say("webrtc.answer", { session_id: SESSION, sdp });
const sent = (world: World, type: string) =>
  world.socket.types().filter((each) => each === type).length;

const servers = (name: string) => ({
  status: 200,
  body: { iceServers: [{ urls: [`turn:${name}`] }], ttl: 60 },
});

describe("candidates", () => {
  it("wait for the remote description, then are added in order", async () => {
    const world = await offered();
    for (const candidate of ["one", "two"])
      ice(world, { candidate, sdpMid: "0", sdpMLineIndex: 0 });
    await settle();
    expect(world.peer.candidates).toEqual([]);
    answer(world);
    ice(world, { candidate: "three", sdpMid: "0" });
    await settle();
    expect(world.peer.candidates.map(({ candidate }) => candidate)).toEqual([
      "one",
      "two",
      "three",
    ]);
  });

  it("that end the list are tolerated in every form", async () => {
    const world = await callerConnected();
    ice(world, { candidate: null });
    ice(world, { candidate: "" });
    ice(world, {});
    await settle();
    expect(world.peer.candidates).toEqual([]);
    expect(world.problems).toEqual([]);
  });

  it("without a media line belong to the first", async () => {
    const world = await callerConnected();
    ice(world, { candidate: "bare" });
    ice(world, { candidate: "named", sdpMid: "0" });
    await settle();
    expect(world.peer.candidates).toMatchObject([
      { sdpMid: null, sdpMLineIndex: 0 },
      { sdpMid: "0", sdpMLineIndex: null },
    ]);
  });

  it("of ours follow their description; the end of the list is not sent", async () => {
    const world = await accepting();
    acknowledge(world, "call.accept");
    await settle();
    offer(world);
    world.peer.found("early");
    world.peer.found(null);
    await settle();
    expect(world.socket.types().slice(1)).toEqual(["webrtc.answer", "webrtc.ice"]);
    expect(world.socket.last("webrtc.ice").payload).toEqual({
      session_id: SESSION,
      candidate: "early",
      sdpMid: "0",
      sdpMLineIndex: 0,
      usernameFragment: "u",
    });
  });
});

describe("CLIENT-4 a new path", () => {
  it("is sought at once when ICE fails", async () => {
    const world = await callerConnected();
    world.peer.connection("failed");
    await world.clock.advance(0);
    expect(world.peer.restarts).toBe(1);
    expect(world.phase).toBe("reconnecting");
    expect(sent(world, "webrtc.offer")).toBe(2);
  });

  it.each([
    ["caller", callerConnected, 2000],
    ["callee", calleeConnected, 5000],
  ] as const)(
    "is sought by the %s after some seconds of silence, not after a hiccup",
    async (_role, connected, delay) => {
      const world = await connected();
      world.peer.connection("disconnected");
      await world.clock.advance(delay - 1);
      world.peer.connection("connected");
      await world.clock.advance(10_000);
      expect(world.peer.restarts).toBe(0);
      world.peer.connection("disconnected");
      await world.clock.advance(delay);
      expect(world.peer.restarts).toBe(1);
    },
  );

  it("is sought when the network changes", async () => {
    const world = await callerConnected();
    world.sign("online");
    await settle();
    expect(world.peer.restarts).toBe(1);
  });

  it("without a socket is sought once the socket is back", async () => {
    const world = await callerConnected();
    world.socket.drop();
    world.sign("online");
    await settle();
    expect(world.peer.restarts).toBe(0);
    await world.open();
    expect(world.peer.restarts).toBe(1);
  });

  it("is not sought when only the socket was lost", async () => {
    const world = await callerConnected();
    world.socket.drop();
    await world.open();
    expect(world.peer.restarts).toBe(0);
  });

  it("uses fresh ICE servers", async () => {
    const world = new World();
    world.http["/ice-servers"] = servers("one");
    await callerConnected(world);
    expect(world.peer.configuration.iceServers).toEqual([{ urls: ["turn:one"] }]);
    world.http["/ice-servers"] = servers("two");
    await world.clock.advance(31_000);
    world.peer.connection("failed");
    await world.clock.advance(0);
    expect(world.peer.configuration.iceServers).toEqual([{ urls: ["turn:two"] }]);
  });
});

describe("CLIENT-7 credentials of a relay", () => {
  it("are renewed at half their lifetime, again and again, until the call ends", async () => {
    const world = new World();
    world.http["/ice-servers"] = servers("one");
    await callerConnected(world);
    await world.clock.advance(29_000);
    expect(world.peer.restarts).toBe(0);
    for (const [index, name] of ["two", "three"].entries()) {
      world.http["/ice-servers"] = servers(name);
      await world.clock.advance(30_000);
      await settle();
      expect(world.peer.restarts).toBe(index + 1);
      expect(world.peer.configuration.iceServers).toEqual([{ urls: [`turn:${name}`] }]);
    }
    world.socket.say("call.ended", { session_id: SESSION, reason: "ended_by_user" });
    await world.clock.advance(60_000);
    expect(world.peer.restarts).toBe(2);
  });
});

describe("ICE servers", () => {
  const STUN = [{ urls: "stun:stun.cloudflare.com:3478" }];

  it.each([
    ["404", { status: 404 }],
    ["an answer without servers", { status: 200, body: { iceServers: [] } }],
    ["no answer", undefined],
  ])("are public STUN after %s", async (_name, reply) => {
    const world = new World();
    if (reply === undefined) delete world.http["/ice-servers"];
    else world.http["/ice-servers"] = reply;
    await offered(world);
    expect(world.peer.configuration.iceServers).toEqual(STUN);
    expect(world.problems).toEqual([]);
  });

  it("are the application's when it names some, and nobody is asked", async () => {
    const world = new World({ iceServers: [{ urls: "stun:mine" }] });
    await offered(world);
    expect(world.peer.configuration.iceServers).toEqual([{ urls: "stun:mine" }]);
    expect(world.requests).toEqual([]);
  });
});
