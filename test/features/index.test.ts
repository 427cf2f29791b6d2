import { describe, expect, test } from "vitest";
import { errorEvent, hooks, receive, ring } from "../../src/features/index.ts";
import { refuse } from "../../src/protocol/errors.ts";
import { established, newWorld, ringing } from "../support/world.ts";

const RESUME = { resume: true };

describe("the answer to a request", () => {
  test("FRAME-7 an error says what it answers, and goes to the one who asked", async () => {
    const world = newWorld();
    const tablet = world.connect("ann", { label: "tablet" });
    const { ann, bob, session } = await established(world);
    await tablet.send("webrtc.offer", { session_id: session, sdp: "v=0" }, { ref: "r" });
    await world.quiet();
    expect(tablet.take()).toEqual([
      {
        type: "error",
        payload: {
          code: "unauthorized",
          message: "Not authorized",
          ref_type: "webrtc.offer",
          session_id: session,
        },
        ref: "r",
      },
    ]);
    expect([ann.take(), bob.take()]).toEqual([[], []]);
  });

  test("FRAME-7 an error of a frame that cannot be read says what is known of it", async () => {
    const world = newWorld();
    const ann = world.connect("ann");
    await ann.send("call.nope", { session_id: "s" }, { ref: "r" });
    await ann.send("call.end", { session_id: 7 });
    expect(ann.take()).toMatchObject([
      { payload: { message: "Unknown message type", ref_type: "call.nope" }, ref: "r" },
      { payload: { message: "Invalid payload", ref_type: "call.end" } },
    ]);
  });

  test("FRAME-8 a request without an answer stays without one, also with a reference", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    await bob.send("call.accept", { session_id: session }, { ref: "r" });
    await bob.send("webrtc.ice", { session_id: session }, { ref: "s" });
    await bob.send("call.end", { session_id: session }, { ref: "t" });
    await world.quiet();
    expect(bob.take()).toEqual([]);
    expect(ann.take().map(({ ref }) => ref)).toEqual([undefined, undefined, undefined]);
  });

  test("FRAME-8 call.check's answer carries the reference", async () => {
    const world = newWorld();
    const { ann, session } = await ringing(world);
    await ann.send("call.check", { session_id: session }, { ref: "" });
    expect(ann.take()).toMatchObject([{ type: "call.check_result", ref: "" }]);
  });

  test("FRAME-10 having opted in to resuming, every request with a reference is answered once", async () => {
    const world = newWorld();
    const ann = world.connect("ann", RESUME);
    const bob = world.connect("bob", RESUME);
    await ann.send("call.start", { callee_id: "bob" }, { ref: "start" });
    const { session_id } = bob.last("call.ring");
    bob.take();
    for (const type of ["call.accept", "webrtc.answer", "call.check", "call.end"]) {
      await bob.send(type, { session_id, sdp: "v=0" }, { ref: type });
    }
    await bob.send("call.end", { session_id }, { ref: "again" });
    await bob.send("call.check", { session_id });
    await world.quiet();
    expect(ann.take().filter(({ ref }) => ref)).toMatchObject([{ type: "call.ringing" }]);
    expect(
      bob
        .take()
        .map(({ type, ref }) => `${ref}: ${type}`)
        .toSorted(),
    ).toEqual([
      "again: error",
      "call.accept: ack",
      "call.check: call.check_result",
      "call.end: ack",
      "undefined: call.check_result",
      "webrtc.answer: ack",
    ]);
  });

  test("FRAME-10 a relayed message is acknowledged when it has been taken, not before", async () => {
    const world = newWorld();
    const ann = world.connect("ann", RESUME);
    const bob = world.connect("bob");
    await ann.send("call.start", { callee_id: "bob" });
    const { session_id } = bob.last("call.ring");
    await bob.send("call.accept", { session_id });
    ann.take();
    const slow = world.network.hold({ to: "bob", leg: "there" });
    await ann.send("webrtc.offer", { session_id, sdp: "v=0" }, { ref: "r" });
    await world.quiet();
    expect(ann.take()).toEqual([]);
    slow.release();
    await world.quiet();
    expect(ann.take()).toEqual([{ type: "ack", ref_type: "webrtc.offer", ref: "r" }]);
  });
});

describe("what goes wrong", () => {
  test("FRAME-9 a defect is told without detail, and logged", () => {
    const lines: unknown[] = [];
    const log = (...line: unknown[]) => void lines.push(line);
    const event = errorEvent({ log }, new TypeError("secret is undefined"), { type: "call.end" });
    expect(event.payload).toEqual({
      code: "internal_error",
      message: "Internal server error",
      ref_type: "call.end",
    });
    expect(lines).toEqual([["error", "defect", expect.objectContaining({ type: "call.end" })]]);
    expect(JSON.stringify(lines)).toContain("secret is undefined");
  });

  test("FRAME-9 the cause of a refusal is logged, and not told", () => {
    const lines: unknown[] = [];
    const log = (...line: unknown[]) => void lines.push(line);
    const refusal = refuse.failed("Failed to end call", new Error("redis.internal"));
    const event = errorEvent({ log }, refusal, {});
    expect(JSON.stringify(event)).not.toContain("redis.internal");
    expect(lines).toEqual([["warn", "request.failed", expect.anything()]]);
  });

  test("a refusal is nothing to log", () => {
    const log = () => expect.fail("logged");
    expect(errorEvent({ log }, refuse.notFound(), { ref: "r" })).toMatchObject({ ref: "r" });
  });

  test("FRAME-9 a handler that fails unexpectedly is answered, and the socket goes on", async () => {
    const world = newWorld();
    const { ann, session } = await ringing(world);
    const { storage } = ann.object.host;
    const broken = storage.get;
    storage.get = () => {
      throw new TypeError("the disk is gone");
    };
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" }).catch(() => {});
    storage.get = broken;
    expect(ann.heard()).toEqual(["error internal_error"]);
    expect(world.faults.splice(0)).toEqual([expect.stringContaining("the disk is gone")]);
    await ann.send("call.check", { session_id: session });
    expect(ann.heard()).toEqual(["call.check_result"]);
  });
});

describe("alarms and messages between objects", () => {
  test("an alarm that nobody knows does nothing", async () => {
    const world = newWorld();
    const { host } = world.user("ann");
    for (const name of ["nobody's", "", ":", "constructor", "closing:unknown"]) {
      await ring(host, name);
    }
    expect(world.user("ann").remains()).toEqual([]);
  });

  test("every alarm has one owner", () => {
    const names = hooks.flatMap(({ alarms }) => Object.keys(alarms ?? {}));
    expect(new Set(names).size).toBe(names.length);
  });

  test("a probe says who is there, and what is known of a session", async () => {
    const world = newWorld();
    const { ann, session } = await ringing(world);
    const probe = (asked?: string) =>
      receive(world.user("bob").host, "cem", {
        kind: "call.probe",
        message: asked === undefined ? {} : { session: asked },
      });
    expect(probe()).toEqual({ present: true, session: "unknown" });
    expect(probe(session)).toEqual({ present: true, session: "live" });
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    expect(probe(session)).toEqual({ present: true, session: "over" });
    expect(probe("another")).toEqual({ present: true, session: "unknown" });
  });

  test("no object ends, accepts or rings in another's call", async () => {
    const world = newWorld();
    const { ann, bob, session } = await ringing(world);
    const eve = world.network.of("eve");
    const info = { user_id: "eve" };
    const reason = "ended_by_user" as const;
    expect(await eve.send("ann", "call.accepted", { session, info })).toMatchObject({ ok: false });
    await eve.send("ann", "call.finish", { session, reason, action: "end" });
    await eve.send("bob", "call.ended", { session, reason });
    expect([ann.take(), bob.take()]).toEqual([[], []]);
    await bob.send("call.accept", { session_id: session });
    expect(ann.heard()).toEqual(["call.accepted"]);
  });
});
