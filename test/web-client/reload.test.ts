import { describe, expect, it } from "vitest";
import {
  acknowledge,
  accepting,
  BOB,
  calleeConnected,
  callerConnected,
  offered,
  ringing,
  rung,
  SESSION,
} from "./support/calls.ts";
import { settle } from "./support/clock.ts";
import { fakeStorage, type FakeStorage } from "./support/fake-storage.ts";
import { World } from "./support/world.ts";

const CALL = { session_id: SESSION, state: "accepted", role: "callee", peer_id: "bob", here: true };
/** A description by a connection with that certificate. */
const sdpOf = (certificate: string) => `audio\r\na=fingerprint:sha-256 ${certificate}\r\n`;
const codes = (world: World) => world.ended.map(({ code }) => code);
const heard = async (world: World, type: string, payload: object) => {
  world.socket.say(type, { session_id: SESSION, ...payload });
  await settle();
};

/** A callee in a call with media, with a place to remember it. */
const talking = async (memory: FakeStorage, video = false) => {
  const world = await accepting(new World({ memory }), video);
  acknowledge(world, "call.accept");
  await heard(world, "webrtc.offer", { sdp: sdpOf("B1") });
  world.peer.connection("connected");
  return world;
};

/** The page after the reload, as the service welcomes it. */
const again = async (memory: FakeStorage, call: object | null = CALL, prepare?: Prepare) => {
  const world = new World({ memory });
  prepare?.(world);
  await world.open({ resumed: false, calls: call === null ? [] : [{ ...call }] });
  if (call !== null) await heard(world, "call.resumed", call);
  return world;
};
type Prepare = (world: World) => void;

/** The page before and after the reload. */
const reloaded = async (video = false, prepare?: Prepare) => {
  const memory = fakeStorage();
  const before = await talking(memory, video);
  before.sign("pagehide");
  return { memory, before, after: await again(memory, CALL, prepare) };
};

describe("CLIENT-10 reloaded in a call", () => {
  it("leaves without hanging up, and gives everything back", async () => {
    const { before } = await reloaded();
    expect(before.socket.types()).not.toContain("call.end");
    expect(before.sockets.map(({ closedWith }) => closedWith)).toEqual([4000]);
    expect(before.devices.open()).toEqual([]);
    expect(before.peer.closed).toBe(true);
    expect(before.ended).toEqual([]);
  });

  it("is in its call again, with new media that it offers itself", async () => {
    const { before, after } = await reloaded();
    expect(after.client.state.call).toMatchObject({
      ...{ sessionId: SESSION, role: "callee", phase: "reconnecting", peer: BOB },
      ...{ connectedAt: before.clock.now, microphone: true, camera: false },
    });
    expect(after.socket.types()).toEqual(["webrtc.offer"]);
    await heard(after, "webrtc.answer", { sdp: sdpOf("B2") });
    after.peer.connection("connected");
    expect(after.phase).toBe("connected");
    expect(after.ended).toEqual([]);
  });

  it("is muted if it was, and shows what it showed", async () => {
    const memory = fakeStorage();
    const before = await talking(memory, true);
    await before.client.setMicrophone(false);
    before.sign("pagehide");
    const after = await again(memory, CALL, ({ devices }) => (devices.hold = true));
    // Reloaded once more, while the browser still asks for the devices.
    after.sign("pagehide");
    const last = await again(memory);
    expect(last.client.state.call).toMatchObject({ microphone: false, camera: true });
    expect(last.devices.open()).toEqual(["audio", "video"]);
    expect(last.devices.handedOut[0]?.enabled).toBe(false);
  });

  it("gives way to no offer that was meant for the page before", async () => {
    const { after } = await reloaded();
    await heard(after, "webrtc.offer", { sdp: sdpOf("B1") });
    expect(after.peer.rollbacks).toBe(0);
    expect(after.socket.types()).toEqual(["webrtc.offer"]);
  });

  it("but to one of a caller that was reloaded as well", async () => {
    const { after } = await reloaded();
    await heard(after, "webrtc.offer", { sdp: sdpOf("B2") });
    expect(after.peer.rollbacks).toBe(1);
    expect(after.socket.types()).toEqual(["webrtc.offer", "webrtc.answer"]);
  });

  it("asks for no microphone when the call is over, and says so once", async () => {
    const memory = fakeStorage();
    (await talking(memory)).sign("pagehide");
    const after = await again(memory, null);
    expect(codes(after)).toEqual(["gone"]);
    expect(after.devices.handedOut).toEqual([]);
    expect(codes(await again(memory, null))).toEqual([]);
  });

  it("ends the call when it gets no microphone any more", async () => {
    const { after } = await reloaded(false, ({ devices }) => {
      devices.fails = { kinds: ["audio"], name: "NotAllowedError" };
    });
    await settle();
    expect(codes(after)).toEqual(["microphone_refused"]);
    expect(after.socket.last("call.end").payload).toEqual({ session_id: SESSION });
  });

  it("goes on without its camera", async () => {
    const { after } = await reloaded(true, ({ devices }) => {
      devices.fails = { kinds: ["video"], name: "NotReadableError" };
    });
    await settle();
    expect(after.problems).toEqual([{ code: "camera_busy" }]);
    expect(after.client.state.call).toMatchObject({ microphone: true, camera: false });
  });

  it("renews the credentials of its relay", async () => {
    const { after } = await reloaded(false, ({ http }) => {
      http["/ice-servers"] = { status: 200, body: { iceServers: [{ urls: "turn:r" }], ttl: 600 } };
    });
    await heard(after, "webrtc.answer", { sdp: sdpOf("B2") });
    after.peer.connection("connected");
    await after.clock.advance(301_000);
    expect(after.peer.restarts).toBe(1);
  });

  it("comes back from the browser's cache of pages, too", async () => {
    const memory = fakeStorage();
    const world = await talking(memory);
    world.sign("pagehide");
    world.sign("pageshow");
    await settle();
    world.socket.open({ resumed: false, calls: [CALL] });
    await heard(world, "call.resumed", CALL);
    expect(world.phase).toBe("reconnecting");
    expect(world.connections).toHaveLength(2);
  });

  it("a caller whom nobody has answered yet rings on", async () => {
    const memory = fakeStorage();
    const before = await ringing(new World({ memory }));
    before.sign("pagehide");
    expect(before.socket.closedWith).toBe(4000);
    const after = await again(memory, { ...CALL, role: "caller", state: "ringing" });
    expect(after.client.state.call).toMatchObject({ phase: "ringing", peer: { user_id: "bob" } });
    await heard(after, "call.accepted", { callee_info: BOB });
    expect(after.socket.types()).toEqual(["webrtc.offer"]);
    expect(after.client.state.call?.peer).toEqual(BOB);
  });

  it("what had not become a call is not kept", async () => {
    const memory = fakeStorage();
    const world = await rung(new World({ memory }));
    world.sign("pagehide");
    expect([codes(world), memory.size()]).toEqual([["page_closed"], 0]);
  });

  it("without a memory it hangs up", async () => {
    const world = await calleeConnected();
    world.sign("pagehide");
    expect(codes(world)).toEqual(["page_closed"]);
    expect(world.socket.types()).toContain("call.end");
  });
});

describe("CLIENT-10 the other side was reloaded", () => {
  /** Bob's page begins anew. */
  const offersAnew = (world: World) => heard(world, "webrtc.offer", { sdp: sdpOf("B2") });

  it("gets a new connection with the same tracks, and answers", async () => {
    const world = await talking(fakeStorage());
    const [{ remoteStream } = {}, track] = [world.client.state.call, world.devices.handedOut[0]];
    await offersAnew(world);
    const [first, second] = world.connections;
    expect([first?.closed, second?.closed]).toEqual([true, false]);
    expect(second?.getTransceivers().map(({ sender }) => sender.track)).toEqual([track]);
    expect(world.socket.types().at(-1)).toBe("webrtc.answer");
    expect(world.client.state.call?.remoteStream).toBe(remoteStream);
    expect(remoteStream?.getTracks()).toHaveLength(1);
    second?.connection("connected");
    expect(world.phase).toBe("connected");
  });

  it("gives its own offer up, though it wins any other collision", async () => {
    const world = await callerConnected();
    await heard(world, "webrtc.offer", { sdp: sdpOf("B1") });
    world.sign("online");
    await settle();
    expect(world.peer.signalingState).toBe("have-local-offer");
    await offersAnew(world);
    expect(world.connections).toHaveLength(2);
    expect(world.socket.types().at(-1)).toBe("webrtc.answer");
  });

  it("keeps its connection for an offer of the same one", async () => {
    const world = await offered();
    await heard(world, "webrtc.answer", { sdp: sdpOf("B1") });
    await heard(world, "webrtc.offer", { sdp: sdpOf("b1") });
    expect(world.connections).toHaveLength(1);
  });

  it("opens nothing when the call ends meanwhile", async () => {
    const world = await talking(fakeStorage());
    world.socket.say("webrtc.offer", { session_id: SESSION, sdp: sdpOf("B2") });
    world.client.hangUp();
    await settle();
    expect(world.connections).toHaveLength(1);
    expect(world.peer.closed).toBe(true);
  });
});
