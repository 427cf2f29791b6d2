import { describe, expect, it } from "vitest";
import { settle } from "./support/clock.ts";
import {
  accepting,
  acknowledge,
  calleeConnected,
  callerConnected,
  offered,
  ringing,
  rung,
  SESSION,
  starting,
} from "./support/calls.ts";
import { World } from "./support/world.ts";

const codes = (list: readonly { code: string }[]) => list.map(({ code }) => code);

describe("CLIENT-5 microphone and camera are given back", () => {
  const stages = {
    starting: () => starting(new World(), true),
    ringing: () => ringing(new World(), true),
    offering: () => offered(new World(), true),
    "connected as caller": () => callerConnected(new World(), true),
    answering: () => accepting(new World(), true),
    "connected as callee": () => calleeConnected(new World(), true),
  };
  const ways: Record<string, (world: World) => void> = {
    "hanging up": (world) => world.client.hangUp(),
    "signing out": (world) => world.client.disconnect(),
    "hiding the page": (world) => world.sign("pagehide"),
    "being replaced": (world) => world.socket.drop(4001),
    "an expired token": (world) => world.socket.drop(4002),
  };
  const cases = Object.entries(stages).flatMap(([stage, make]) =>
    Object.entries(ways).map(([way, go]) => ({ stage, make, way, go })),
  );

  it.each(cases)("$way while $stage", async ({ make, go }) => {
    const world = await make();
    expect(world.devices.open()).toEqual(["audio", "video"]);
    go(world);
    expect(world.devices.open()).toEqual([]);
    expect(world.connections.every(({ closed }) => closed)).toBe(true);
    expect(world.ended).toHaveLength(1);
    expect(world.client.state.call).toBeUndefined();
  });

  it.each(["ended_by_user", "peer_disconnected", "no_answer"])(
    "at the service's %s",
    async (reason) => {
      const world = await callerConnected(new World(), true);
      world.socket.say("call.ended", { session_id: SESSION, reason });
      expect(world.devices.open()).toEqual([]);
    },
  );

  it("when media never flows, and the other side is told", async () => {
    const world = await offered();
    await world.clock.advance(45_000);
    expect(codes(world.ended)).toEqual(["media_failed"]);
    expect(world.socket.types()).toContain("call.end");
    expect(world.devices.open()).toEqual([]);
  });

  it("when media and socket are gone for too long, and the other side is told later", async () => {
    const world = await callerConnected();
    world.peer.connection("disconnected");
    world.socket.drop();
    await world.clock.advance(45_000);
    expect(codes(world.ended)).toEqual(["connection_lost"]);
    expect(world.devices.open()).toEqual([]);
    await world.open();
    expect(world.socket.types()).toContain("call.end");
  });

  it("when the browser makes no peer connection", async () => {
    const world = await offered(new World({ iceServers: [{ urls: "unusable" }] }));
    expect(codes(world.ended)).toEqual(["media_failed"]);
    expect(world.socket.types()).toEqual(["call.start", "call.end"]);
    expect(world.devices.open()).toEqual([]);
  });

  it("when the browser hands them over after the caller has cancelled", async () => {
    const world = new World();
    await world.open();
    world.devices.hold = true;
    const calling = world.client.call("bob", { video: true });
    await settle();
    world.client.hangUp();
    world.devices.asked[0]?.give();
    await calling;
    expect(world.devices.handedOut).toHaveLength(2);
    expect(world.devices.open()).toEqual([]);
    expect(world.socket.types()).toEqual([]);
  });

  it("when the caller gave up while the callee was being asked", async () => {
    const world = await rung();
    world.devices.hold = true;
    const accepted = world.client.accept({ video: true });
    await settle();
    world.socket.say("call.ended", { session_id: SESSION, reason: "ended_by_user" });
    world.devices.asked[0]?.give();
    await accepted;
    expect(world.devices.open()).toEqual([]);
    expect(world.socket.types()).toEqual([]);
  });

  it("when the camera comes after the call is over", async () => {
    const world = await callerConnected();
    world.devices.hold = true;
    const switched = world.client.setCamera(true);
    await settle();
    world.client.hangUp();
    world.devices.asked[0]?.give();
    await switched;
    expect(world.devices.open()).toEqual([]);
  });
});

describe("hiding the page", () => {
  it("ends a call for the other side", async () => {
    const world = await callerConnected();
    world.sign("pagehide");
    expect(world.socket.types().at(-1)).toBe("call.end");
    expect(codes(world.ended)).toEqual(["page_closed"]);
  });

  it("does not decline a ring: the page may come back to it", async () => {
    const world = await rung();
    world.sign("pagehide");
    expect(world.socket.types()).toEqual([]);
    expect(world.socket.closedWith).toBe(1000);
    world.sign("pageshow");
    await settle();
    expect(world.sockets).toHaveLength(2);
  });
});

describe("CLIENT-6 devices that fail", () => {
  it.each([
    [
      "NotAllowedError",
      { microphone: "denied" },
      ["audioinput", "videoinput"],
      "microphone_refused",
    ],
    [
      "NotAllowedError",
      { microphone: "granted", camera: "denied" },
      ["audioinput", "videoinput"],
      "camera_refused",
    ],
    ["NotFoundError", {}, ["videoinput"], "microphone_missing"],
    ["NotFoundError", {}, ["audioinput"], "camera_missing"],
    ["NotReadableError", {}, ["audioinput", "videoinput"], "camera_busy"],
    ["TypeError", {}, [], "media_unsupported"],
  ])("%s with %j and %j is %s, and rings nobody", async (name, permissions, inputs, code) => {
    const world = new World();
    Object.assign(world.permissions, permissions);
    world.devices.inputs = inputs;
    world.devices.fails = { kinds: ["audio"], name };
    await starting(world, true);
    expect(codes(world.ended)).toEqual([code]);
    expect(world.socket.types()).toEqual([]);
  });

  it.each([
    ["NotAllowedError", "microphone_refused"],
    ["NotFoundError", "microphone_missing"],
    ["NotReadableError", "microphone_busy"],
  ])("%s in an audio call is %s", async (name, code) => {
    const world = new World();
    world.devices.fails = { kinds: ["audio"], name };
    await starting(world);
    expect(codes(world.ended)).toEqual([code]);
  });

  it("let an incoming call ring on, to be answered without the camera", async () => {
    const world = await rung();
    world.devices.fails = { kinds: ["video"], name: "NotAllowedError" };
    await world.client.accept({ video: true });
    expect(codes(world.problems)).toEqual(["camera_refused"]);
    expect(world.phase).toBe("incoming");
    await world.client.accept();
    expect(world.socket.types()).toEqual(["call.accept"]);
  });

  it("let a call go on without the camera", async () => {
    const world = await callerConnected();
    world.devices.fails = { kinds: ["video"], name: "NotReadableError" };
    await world.client.setCamera(true);
    expect(codes(world.problems)).toEqual(["camera_busy"]);
    expect(world.client.state.call).toMatchObject({ phase: "connected", camera: false });
  });

  it("that are pulled out are told, and the call goes on", async () => {
    const world = await callerConnected(new World(), true);
    for (const track of world.devices.handedOut) track.dispatchEvent(new Event("ended"));
    await settle();
    expect(codes(world.problems)).toEqual(["microphone_lost"]);
    expect(world.client.state.call).toMatchObject({
      phase: "connected",
      camera: false,
      microphone: false,
    });
  });

  it("that were pulled out are opened again by unmuting, once they are back", async () => {
    const world = await callerConnected();
    world.devices.handedOut[0]?.dispatchEvent(new Event("ended"));
    world.devices.fails = { kinds: ["audio"], name: "NotFoundError" };
    world.devices.inputs = [];
    await world.client.setMicrophone(true);
    expect(codes(world.problems)).toEqual(["microphone_lost", "microphone_missing"]);
    world.devices.fails = undefined;
    await world.client.setMicrophone(true);
    await settle();
    expect(world.client.state.call?.microphone).toBe(true);
    const [transceiver] = world.peer.getTransceivers();
    expect(transceiver?.sender.track).toBe(world.devices.handedOut[1]);
    expect(transceiver?.direction).toBe("sendrecv");
  });

  it("are not asked for twice at once", async () => {
    const world = await callerConnected();
    world.devices.hold = true;
    void world.client.setCamera(true);
    void world.client.setCamera(true);
    await settle();
    expect(world.devices.asked).toHaveLength(1);
    acknowledge(world, "webrtc.offer");
  });
});
