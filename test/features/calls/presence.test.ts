import { describe, expect, test } from "vitest";
import { established, newWorld } from "../../support/world.ts";

const RESUME = { resume: true };

describe("an accepted call whose device is lost", () => {
  test.each(["ann", "bob"] as const)(
    "GRACE-1 goes on when %s returns and names it; the peer notices nothing",
    async (who) => {
      const world = newWorld();
      const { session, ...clients } = await established(world);
      clients[who].close();
      await world.pass(14_000);
      const back = world.connect(who);
      await back.send("call.check", { session_id: session });
      await world.pass(600_000);
      expect(back.heard()).toEqual(["call.resumed", "call.check_result"]);
      expect(clients[who === "ann" ? "bob" : "ann"].heard()).toEqual([]);
    },
  );

  test.each([1000, 1001, 1005, 1006])("GRACE-3 by %i ends after the grace", async (code) => {
    for (const who of ["ann", "bob"] as const) {
      const world = newWorld();
      const { ann, bob } = await established(world);
      const other = who === "ann" ? bob : ann;
      (who === "ann" ? ann : bob).close(code);
      await world.pass(14_999);
      expect(other.heard()).toEqual([]);
      await world.pass(1);
      expect(other.heard()).toEqual(["call.ended peer_disconnected"]);
      await world.pass(0);
      expect(world.remains()).toEqual([]);
    }
  });

  test("GRACE-2 gets what was sent meanwhile, in order, after call.resumed", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.close();
    for (const candidate of ["a", "b", "c"]) {
      await ann.send("webrtc.ice", { session_id: session, candidate });
    }
    await world.quiet();
    const back = world.connect("bob");
    const [resumed, ...signals] = back.take();
    expect(resumed).toEqual({
      type: "call.resumed",
      payload: {
        session_id: session,
        state: "accepted",
        role: "callee",
        peer_id: "ann",
        peer_info: { user_id: "ann", name: "ANN" },
      },
    });
    expect(signals.map(({ payload }) => payload["candidate"])).toEqual(["a", "b", "c"]);
    await world.quiet();
    expect(ann.heard()).toEqual([]);
  });

  test("GRACE-4 ends at the end of the grace when the new socket does not name it", async () => {
    const world = newWorld();
    const { ann } = await established(world);
    world.connect("bob");
    await world.pass(14_999);
    expect(ann.heard()).toEqual([]);
    await world.pass(1);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("GRACE-4 a page that reloads for ever does not keep its call for ever", async () => {
    const world = newWorld();
    const { ann, bob } = await established(world);
    bob.close();
    await world.pass(13_500);
    for (let n = 0; n < 10; n += 1) {
      const page = world.connect("bob");
      await world.pass(1_000);
      page.close();
    }
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("GRACE-8 a socket that opted in to resuming claims by connecting", async () => {
    const world = newWorld();
    const { ann, bob } = await established(world);
    bob.close();
    const back = world.connect("bob", RESUME);
    await world.pass(60_000);
    expect(back.heard()).toEqual(["call.resumed"]);
    expect(ann.heard()).toEqual([]);
  });

  test.each(["another device", "another call"])("is not claimed by %s", async (what) => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.close();
    const device = what === "another device" ? { label: "tablet" } : {};
    const named = what === "another call" ? world.uuid() : session;
    await world.connect("bob", device).send("call.check", { session_id: named });
    await world.pass(15_000);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });

  test("GRACE-3 is over when the device returns too late, however late the alarm is", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    bob.close();
    world.skip(15_000);
    const back = world.connect("bob");
    await world.quiet();
    await back.send("call.check", { session_id: session });
    expect(back.heard()).toEqual(["call.check_result"]);
    expect(ann.heard()).toEqual(["call.ended peer_disconnected"]);
  });
});

describe("an accepted call, looked after", () => {
  test("STORE-7 is refreshed before its records expire, and restored when they are lost", async () => {
    const world = newWorld();
    const { session } = await established(world);
    await world.pass(3_600_000);
    expect(await world.store.memory.find(session)).toMatchObject({ state: "accepted" });
    world.store.memory.flush();
    await world.pass(120_000);
    expect(await world.store.memory.find(session)).toMatchObject({ state: "accepted" });
  });

  test("STORE-9 lives through an outage of the store, and is restored after it", async () => {
    const world = newWorld();
    const { ann, bob, session } = await established(world);
    world.store.fault = "refuse";
    await world.pass(3_600_000);
    await ann.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    expect([ann.heard(), bob.heard()]).toEqual([[], ["webrtc.offer"]]);
    world.store.fault = "none";
    world.store.memory.flush();
    await world.pass(15_000);
    expect(world.store.memory.locks.get("bob")).toMatchObject({ session });
  });

  test("OBJ-8 leaves no alarm behind", async () => {
    const world = newWorld();
    const { ann, session } = await established(world);
    await ann.send("call.end", { session_id: session });
    await world.quiet();
    const deadlines = ["ann", "bob"].flatMap((user) => [...world.user(user).deadlines.keys()]);
    expect(deadlines).toEqual([]);
  });
});
