import { describe, expect, it } from "vitest";
import { BOB, callerConnected, offered, ringing, SESSION, starting } from "./support/calls.ts";
import { settle } from "./support/clock.ts";
import { World } from "./support/world.ts";

const codes = (world: World) => world.ended.map(({ code }) => code);

describe("calling", () => {
  it("goes from the microphone to a flowing call", async () => {
    const world = new World();
    const phases: (string | undefined)[] = [];
    world.client.on("change", ({ call }) => {
      if (phases.at(-1) !== call?.phase) phases.push(call?.phase);
    });
    await callerConnected(world);
    expect(phases).toEqual(["preparing", "starting", "ringing", "connecting", "connected"]);
    expect(world.socket.types()).toEqual(["call.start", "webrtc.offer"]);
    expect(world.socket.last("call.start").payload).toEqual({ callee_id: "bob", glare: "join" });
    expect(world.client.state.call).toMatchObject({
      role: "caller",
      sessionId: SESSION,
      peer: BOB,
      connectedAt: world.clock.now,
    });
  });

  it("gives every request its own ref", async () => {
    const world = await callerConnected();
    for (const name of ["a", "b"]) world.peer.found(name);
    await settle();
    const refs = world.socket.frames.map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(4);
  });

  it.each([
    ["user_offline", "User is offline"],
    ["user_busy", "User is busy"],
    ["rate_limited", "Too many calls"],
    ["code_of_tomorrow", "Something new"],
  ])("%s ends the attempt", async (code, message) => {
    const world = await starting();
    world.socket.say(
      "error",
      { code, message, ref_type: "call.start" },
      world.socket.last("call.start").ref,
    );
    expect(world.ended).toMatchObject([{ code, message }]);
    expect(world.devices.open()).toEqual([]);
  });

  it("passes on when to try again", async () => {
    const world = await starting();
    const error = { code: "internal_error", message: "Failed to start call", retry_after: 3 };
    world.socket.say("error", error, world.socket.last("call.start").ref);
    expect(world.ended).toMatchObject([{ code: "internal_error", retryAfter: 3 }]);
  });

  it("gives up when the service does not answer", async () => {
    const world = await starting();
    await world.clock.advance(12_000);
    expect(codes(world)).toEqual(["connection_lost"]);
  });

  it("does not let one request's error end another's call", async () => {
    const world = await ringing();
    world.socket.say("error", { code: "user_busy", message: "User is busy" }, "r999");
    world.socket.say("error", { code: "rate_limited", message: "Too many messages" });
    expect(world.phase).toBe("ringing");
    expect(world.problems).toEqual([{ code: "rate_limited", message: "Too many messages" }]);
  });

  it.each([
    ["call.rejected", { callee_info: BOB }, "declined"],
    ["call.ended", { reason: "no_answer" }, "no_answer"],
    ["call.ended", { reason: "unreachable" }, "unreachable"],
    ["call.ended", { reason: "reason_of_tomorrow" }, "reason_of_tomorrow"],
  ])("%s %j ends it as %s", async (type, payload, code) => {
    const world = await ringing();
    world.socket.say(type, { session_id: SESSION, ...payload });
    expect(codes(world)).toEqual([code]);
  });

  it("cancels while it rings", async () => {
    const world = await ringing();
    world.client.hangUp();
    expect(world.socket.last("call.end").payload).toEqual({ session_id: SESSION });
    expect(codes(world)).toEqual(["hung_up"]);
  });

  it("cancelled before the service answered, ends the session as soon as it is known", async () => {
    const world = await starting();
    world.client.hangUp();
    expect(world.socket.types()).toEqual(["call.start"]);
    expect(codes(world)).toEqual(["hung_up"]);
    world.socket.say(
      "call.ringing",
      { session_id: SESSION, callee_id: "bob" },
      world.socket.last("call.start").ref,
    );
    expect(world.socket.types()).toEqual(["call.start", "call.end"]);
    expect(world.client.state.call).toBeUndefined();
  });

  it("cancelled on a socket that is then lost, is not started again", async () => {
    const world = await starting();
    world.client.hangUp();
    world.socket.drop();
    await world.open();
    expect(world.socket.types()).toEqual([]);
    expect(world.problems).toEqual([]);
  });
});

describe("ending", () => {
  it("is told once, with the call as it last was", async () => {
    const world = await callerConnected();
    world.socket.say("call.ended", {
      session_id: SESSION,
      reason: "ended_by_user",
      peer_info: BOB,
    });
    world.socket.say("call.ended", { session_id: SESSION, reason: "peer_disconnected" });
    expect(world.ended).toMatchObject([
      { code: "ended_by_user", call: { phase: "connected", connectedAt: world.clock.now } },
    ]);
  });

  it("tries again when the service cannot end the call now, three times at most", async () => {
    const world = await callerConnected();
    world.client.hangUp();
    const refs = () => world.socket.frames.map(({ ref }) => ref);
    for (let round = 0; round < 5; round += 1) {
      const { ref } = world.socket.last("call.end");
      world.socket.say(
        "error",
        { code: "internal_error", message: "Failed to end call", retry_after: 2 },
        ref,
      );
      await world.clock.advance(2000);
    }
    expect(world.socket.types().filter((type) => type === "call.end")).toHaveLength(3);
    // A request that was refused is over; the same `ref` would get the same refusal.
    expect(new Set(refs()).size).toBe(refs().length);
  });

  it("signaling for a call that is gone ends it", async () => {
    const world = await offered();
    world.socket.say(
      "error",
      { code: "session_not_found", message: "Session not found" },
      world.socket.last("webrtc.offer").ref,
    );
    expect(codes(world)).toEqual(["gone"]);
  });

  it("a listener that throws does not stop the call", async () => {
    const world = new World();
    const failures: unknown[] = [];
    const keep = (error: unknown) => void failures.push(error);
    process.once("uncaughtException", keep);
    const stop = world.client.on("change", () => {
      stop();
      throw new Error("application fault");
    });
    await ringing(world);
    process.removeListener("uncaughtException", keep);
    expect(world.phase).toBe("ringing");
    expect(failures).toHaveLength(1);
  });
});
