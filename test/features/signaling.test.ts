import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { established, newWorld, World } from "../support/world.ts";

const candidates = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `candidate ${from + n}`);

describe("signaling", () => {
  test.each(["webrtc.offer", "webrtc.answer", "webrtc.ice"])(
    "SIG-1 %s arrives as it was sent, either way",
    async (type) => {
      const world = newWorld();
      const { ann, bob, session } = await established(world);
      const payload = {
        session_id: session,
        sdp: "v=0\r\na=€😀",
        candidate: "candidate:1",
        sdpMLineIndex: 0,
        own: { deep: [1, null, { a: "b" }] },
        ["__proto__x"]: true,
      };
      await ann.send(type, payload, { ref: "r", extra: 1 });
      await bob.send(type, payload);
      await world.quiet();
      expect(bob.take()).toEqual([{ type, payload }]);
      expect(ann.take()).toEqual([{ type, payload }]);
    },
  );

  test("STORE-2 costs no command of the store", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    world.store.commands.length = 0;
    for (const candidate of candidates(0, 20)) {
      await ann.send("webrtc.ice", { session_id: session, candidate });
      await bob.send("webrtc.ice", { session_id: session, candidate });
    }
    await world.quiet();
    expect(bob.take()).toHaveLength(20);
    expect(world.store.commands).toEqual([]);
  });

  test("SIG-2 keeps its order while the way is slow, and nothing is dropped", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    const slow = world.network.hold({ to: "bob", leg: "there" });
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    for (const candidate of candidates(0, 10)) {
      await ann.send("webrtc.ice", { session_id: session, candidate });
    }
    await world.quiet();
    expect(bob.take()).toEqual([]);
    slow.release();
    await world.quiet();
    const got = bob.take().map(({ payload }) => payload["sdp"] ?? payload["candidate"]);
    expect(got).toEqual(["v=0", ...candidates(0, 10)]);
  });

  test.each(["there", "back"] as const)(
    "tells the sender when the peer is out of reach (%s)",
    async (leg) => {
      const world = newWorld();
      const { ann, bob, session } = await established(world);
      const mend = world.network.cut({ to: "bob", leg });
      await ann.send("webrtc.answer", { session_id: session, sdp: "v=0" }, { ref: "r" });
      await world.quiet();
      expect(ann.take()).toMatchObject([
        { type: "error", payload: { message: "Failed to forward answer" }, ref: "r" },
      ]);
      mend();
      bob.take();
      await ann.send("webrtc.answer", { session_id: session, sdp: "v=0" });
      await world.quiet();
      expect(bob.heard()).toEqual(["webrtc.answer"]);
    },
  );

  test("to a peer that is out of the call already: session_not_found", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    const ended = world.network.hold({ kind: "call.finish", leg: "there" });
    void bob.send("call.end", { session_id: session });
    world.user("bob").rows.delete("call");
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await world.quiet();
    expect(ann.heard()).toEqual(["error session_not_found"]);
    ended.release();
  });

  test("from a stranger's object is not for this call", async () => {
    const world = newWorld();
    const { bob, session } = await established(world);
    const message = { session, type: "webrtc.offer", json: '{"session_id":"s"}' };
    expect(await world.network.of("eve").send("bob", "call.signal", message)).toBe("over");
    expect(bob.take()).toEqual([]);
  });

  test("SIG-2 nothing is lost, doubled or out of order, however devices come and go", async () => {
    const steps = fc.array(
      fc.constantFrom("ann sends", "bob sends", "ann leaves", "bob leaves", "time passes"),
      { minLength: 5, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const world = new World();
        const { session, ...first } = await established(world);
        const sockets = { ann: first.ann, bob: first.bob };
        const sent = { ann: [] as string[], bob: [] as string[] };
        const got = { ann: [] as unknown[], bob: [] as unknown[] };
        const collect = (who: "ann" | "bob") => {
          const signals = sockets[who].take().filter(({ type }) => type === "webrtc.ice");
          got[who].push(...signals.map(({ payload }) => payload["candidate"]));
        };
        for (const [index, step] of given.entries()) {
          const who = step.startsWith("ann") ? "ann" : "bob";
          if (step.endsWith("sends")) {
            const candidate = `${index}`;
            sent[who === "ann" ? "bob" : "ann"].push(candidate);
            await sockets[who].send("webrtc.ice", { session_id: session, candidate });
          } else if (step.endsWith("leaves")) {
            collect(who);
            sockets[who].close();
            if (index % 2) await world.pass(1_000);
            sockets[who] = world.connect(who, { resume: true });
          } else await world.pass(1_000);
        }
        await world.quiet();
        collect("ann");
        collect("bob");
        expect(got).toEqual(sent);
        world.expectSound();
      }),
      { numRuns: 50 },
    );
  });
});
