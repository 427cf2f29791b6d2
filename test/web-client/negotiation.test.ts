import { describe, expect, it } from "vitest";
import { calleeConnected, callerConnected, offered, SESSION } from "./support/calls.ts";
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

describe("offer and answer", () => {
  it("the caller offers once, with all its tracks", async () => {
    const world = await offered(new World(), true);
    expect(sent(world, "webrtc.offer")).toBe(1);
    expect(world.peer.getTransceivers().map(({ sender }) => sender.track?.kind)).toEqual([
      "audio",
      "video",
    ]);
    expect(world.socket.last("webrtc.offer").payload).toEqual({
      session_id: SESSION,
      sdp: "local-1",
    });
  });

  it("the callee answers with its tracks in the offer's lines and offers nothing itself", async () => {
    const world = await calleeConnected();
    expect(world.socket.types()).toEqual(["call.accept", "webrtc.answer"]);
    expect(world.peer.getTransceivers()).toHaveLength(1);
    expect(world.peer.getTransceivers()[0]?.sender.track?.kind).toBe("audio");
  });

  it("a repeated answer is harmless", async () => {
    const world = await callerConnected();
    answer(world);
    await settle();
    expect(world.problems).toEqual([]);
  });

  it("a description the browser refuses is a problem, not the end", async () => {
    const world = await callerConnected();
    offer(world, "bad");
    await settle();
    expect(world.problems).toEqual([{ code: "negotiation_failed" }]);
    offer(world);
    await settle();
    expect(sent(world, "webrtc.answer")).toBe(1);
  });
});

describe("camera during a call", () => {
  it("switched on later it is negotiated, off and on again too, without new media lines", async () => {
    const world = await callerConnected();
    for (const on of [true, false, true]) {
      await world.client.setCamera(on);
      await settle();
      answer(world);
      await settle();
    }
    expect(sent(world, "webrtc.offer")).toBe(4);
    expect(world.peer.getTransceivers()).toHaveLength(2);
    expect(world.client.state.call?.camera).toBe(true);
  });

  it("off stops the camera, not only the picture", async () => {
    const world = await callerConnected(new World(), true);
    await world.client.setCamera(false);
    expect(world.devices.open()).toEqual(["audio"]);
  });

  it("muting keeps the microphone and sends silence", async () => {
    const world = await callerConnected();
    await world.client.setMicrophone(false);
    expect(world.devices.handedOut[0]).toMatchObject({ enabled: false, stopped: false });
    expect(world.client.state.call?.microphone).toBe(false);
  });

  it("shows when the other side's picture comes and goes", async () => {
    const world = await calleeConnected();
    expect(world.client.state.call?.remoteVideo).toBe(false);
    offer(world);
    await settle();
    expect(world.client.state.call?.remoteVideo).toBe(true);
  });
});

describe("CLIENT-3 two offers at once", () => {
  it("the caller ignores the other offer and goes on with its own", async () => {
    const world = await callerConnected();
    await world.client.setCamera(true);
    await settle();
    expect(world.peer.signalingState).toBe("have-local-offer");
    offer(world);
    ice(world, { candidate: "bad", sdpMid: "1" });
    await settle();
    expect([sent(world, "webrtc.answer"), world.peer.rollbacks]).toEqual([0, 0]);
    answer(world);
    await settle();
    expect(world.peer.signalingState).toBe("stable");
    expect(world.problems).toEqual([]);
  });

  it("the callee takes its own back, answers, and offers again afterwards", async () => {
    const world = await calleeConnected();
    await world.client.setCamera(true);
    await settle();
    expect(world.peer.signalingState).toBe("have-local-offer");
    offer(world, "remote audio");
    await settle();
    expect([sent(world, "webrtc.answer"), world.peer.rollbacks]).toEqual([2, 1]);
    expect(sent(world, "webrtc.offer")).toBe(2);
  });
});
