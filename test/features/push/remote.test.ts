import { describe, expect, test } from "vitest";
import { ask, callBob, callToken, ios, VOIP, woken } from "../../support/world/pushing.ts";
import { newWorld } from "../../support/world.ts";

type Kind = "call.get" | "call.accept" | "call.reject" | "call.ringing";
const kinds = ["call.get", "call.accept", "call.reject", "call.ringing"] as const;

describe("what a call token opens", () => {
  test("PUSH-15 the call as it stands", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const get = () => ask(world, "bob", "call.get", { session, token });
    expect(await get()).toEqual({
      status: 200,
      body: {
        session_id: session,
        state: "ringing",
        caller_id: "ann",
        caller_info: { user_id: "ann", name: "ANN" },
        expires_at: Math.floor((world.now + 45_000) / 1_000),
      },
    });
    await ann.send("call.end", { session_id: session });
    expect(await get()).toMatchObject({ status: 404 });
  });

  test("PUSH-15 accepting, once", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const accept = () => ask(world, "bob", "call.accept", { session, token });
    const [first, second] = await Promise.all([accept(), accept()]);
    const answer = { status: 200, body: { session_id: session, state: "accepted" } };
    expect([first, second]).toEqual([answer, answer]);
    expect(ann.heard()).toEqual(["call.progress", "call.accepted"].slice(1));
    await ann.send("call.end", { session_id: session });
    expect(await accept()).toEqual(answer);
    expect(await ask(world, "bob", "call.reject", { session, token })).toMatchObject({
      status: 409,
      body: { reason: "ended_by_user" },
    });
  });

  test("PUSH-15 accepting, again before the caller's object has had the last word", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const accept = () => ask(world, "bob", "call.accept", { session, token });
    const held = world.network.hold({ from: "bob", kind: "call.accepted" });
    const first = accept();
    await world.quiet();
    const second = accept();
    await world.quiet();
    await ann.send("call.end", { session_id: session });
    held.release();
    expect(await Promise.all([first, second])).toMatchObject([{ status: 409 }, { status: 409 }]);
    expect(await accept()).toMatchObject({ status: 409, body: { reason: "ended_by_user" } });
  });

  test("PUSH-15 declining, once", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const reject = () => ask(world, "bob", "call.reject", { session, token });
    const answer = { status: 200, body: { session_id: session, state: "rejected" } };
    expect([await reject(), await reject()]).toEqual([answer, answer]);
    expect(ann.heard()).toEqual(["call.rejected"]);
    expect(await ask(world, "bob", "call.accept", { session, token })).toMatchObject({
      status: 409,
    });
  });

  test("PUSH-15 declining, twice at once", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const reject = () => ask(world, "bob", "call.reject", { session, token });
    const answer = { status: 200, body: { session_id: session, state: "rejected" } };
    expect(await Promise.all([reject(), reject()])).toEqual([answer, answer]);
    expect(ann.heard()).toEqual(["call.rejected"]);
  });

  test("PUSH-15 telling that the device rings", async () => {
    const world = newWorld();
    const { ann, session, token } = await woken(world);
    const ringing = () => ask(world, "bob", "call.ringing", { session, token });
    const answer = { status: 200, body: { session_id: session, state: "ringing" } };
    expect([await ringing(), await ringing()]).toEqual([answer, answer]);
    await world.quiet();
    const told = { session_id: session, device: "phone", stage: "ringing" };
    expect(ann.take().map(({ payload }) => payload)).toEqual([told]);
  });

  test.each(["call.accept", "call.reject", "call.ringing"] as const)(
    "PUSH-15 %s after the end is 409 with the reason",
    async (kind) => {
      const world = newWorld();
      const { ann, session, token } = await woken(world);
      await ann.send("call.end", { session_id: session });
      expect(await ask(world, "bob", kind, { session, token })).toEqual({
        status: 409,
        body: { error: "Session not found", reason: "ended_by_user" },
      });
    },
  );

  test("PUSH-15 accepting what another device has answered is 409", async () => {
    const world = newWorld();
    const { session, token } = await woken(world, ios());
    const tablet = world.connect("bob", { label: "tablet" });
    await tablet.send("call.accept", { session_id: session });
    expect(await ask(world, "bob", "call.accept", { session, token })).toMatchObject({
      status: 409,
      body: { reason: "answered_elsewhere" },
    });
    const other = callToken(world, VOIP);
    const accepted = { status: 200, body: { state: "accepted" } };
    expect(await ask(world, "bob", "call.accept", { session, token: other })).toMatchObject(
      accepted,
    );
  });

  test.each<Kind>(kinds)("PUSH-15 %s needs the token of that call", async (kind) => {
    const world = newWorld();
    const first = await woken(world);
    const { session, token } = first;
    const no = (asked: { session: string; token: string }) => ask(world, "bob", kind, asked);
    expect(await no({ session, token: `${token}x` })).toMatchObject({ status: 401 });
    expect(await no({ session, token: "" })).toMatchObject({ status: 401 });
    expect(await no({ session: world.uuid(), token })).toMatchObject({ status: 403 });
    await first.ann.send("call.end", { session_id: session });
    world.push.pushed.length = 0;
    const second = await callBob(world);
    expect(await no({ session: second.session, token })).toMatchObject({ status: 403 });
    const fresh = callToken(world, "droid");
    expect(await no({ session, token: fresh })).toMatchObject({ status: 403 });
  });

  test.each<Kind>(kinds)("PUSH-15 %s is over at the ring's end", async (kind) => {
    const world = newWorld();
    const { session, token } = await woken(world);
    await world.pass(45_000);
    expect(await ask(world, "bob", kind, { session, token })).toMatchObject({ status: 401 });
  });

  test("PUSH-15 a store that is away is told as such, and the call rings on", async () => {
    const world = newWorld();
    const { session, token } = await woken(world);
    world.store.fault = "refuse";
    expect(await ask(world, "bob", "call.accept", { session, token })).toEqual({
      status: 503,
      body: { error: "Failed to accept call" },
    });
    world.store.fault = "none";
    expect(await ask(world, "bob", "call.accept", { session, token })).toMatchObject({
      status: 200,
    });
  });
});
