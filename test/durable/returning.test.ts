import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { established, expectFree, ring, ringing } from "../support/calls.ts";
import { connect, connectAs, someone } from "../support/client.ts";
import { GRACE_MS, labelled, ROLES, runAlarms } from "../support/grace.ts";
import { objectOf, paid, stored } from "../support/objects.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("a device that returns", () => {
  it.each(ROLES)(
    "GRACE-1 keeps its call (%s), and the peer notices nothing",
    async (who, other) => {
      const call = await established(labelled);
      const { [who]: away, [other]: peer, session: session_id } = call;
      await away.lose();
      passTime(GRACE_MS - 1_000);
      await runAlarms(call);
      const back = await connect(away.user, labelled[who]);
      expect(await back.nextMessage("call.resumed")).toEqual({
        type: "call.resumed",
        payload: {
          session_id,
          state: "accepted",
          role: who,
          peer_id: peer.user,
          peer_info: { user_id: peer.user },
        },
      });
      back.send("call.check", { session_id });
      expect(await back.next("call.check_result")).toMatchObject({ state: "accepted" });
      passTime(10 * GRACE_MS);
      await runAlarms(call);
      for (const client of [peer, back]) expect(await client.settled()).toEqual([]);
      back.send("webrtc.offer", { session_id, sdp: "v=0" });
      await peer.next("webrtc.offer");
    },
  );

  it.each([
    ["webrtc.ice", {}],
    ["webrtc.offer", { sdp: "v=0" }],
    ["call.accept", {}],
  ])("GRACE-1 may claim its call by %s", async (type, more) => {
    const call = await established(labelled);
    await call.callee.lose();
    const back = await connect(call.callee.user, labelled.callee);
    await back.next("call.resumed");
    back.send(type, { session_id: call.session, ...more });
    await back.settled();
    passTime(2 * GRACE_MS);
    await runAlarms(call);
    for (const client of [back, call.caller]) {
      expect((await client.settled()).map((message) => message.type)).not.toContain("call.ended");
    }
  });

  it("GRACE-1 keeps its call however often it goes and returns", async () => {
    const call = await established(labelled);
    for (let round = 0; round < 3; round += 1) {
      const away = round === 0 ? call.callee : await connect(call.callee.user, labelled.callee);
      away.send("call.check", { session_id: call.session });
      await away.settled();
      passTime(20_000);
      await away.lose();
      passTime(10_000);
      await runAlarms(call);
    }
    expect(await call.caller.settled()).toEqual([]);
  });

  it("GRACE-1 keeps a call that its caller placed and left while it rings", async () => {
    const call = await ringing(labelled);
    await call.caller.lose();
    const back = await connect(call.caller.user, labelled.caller);
    expect(await back.next("call.resumed")).toMatchObject({ state: "ringing", role: "caller" });
    back.send("call.check", { session_id: call.session });
    await back.next("call.check_result");
    passTime(GRACE_MS + 1_000);
    await runAlarms(call);
    expect(await call.callee.settled()).toEqual([]);
    call.callee.send("call.accept", { session_id: call.session });
    await back.next("call.accepted");
  });

  it.each(ROLES)(
    "GRACE-2 gets what was sent in the meantime (%s), in order, unasked",
    async (who, other) => {
      const call = await established(labelled);
      const { [who]: away, [other]: peer, session: session_id } = call;
      await away.lose();
      peer.send("webrtc.offer", { session_id, sdp: "v=0", n: 0 });
      for (let n = 1; n < 30; n += 1) peer.send("webrtc.ice", { session_id, n });
      await peer.settled();
      const back = await connect(away.user, labelled[who]);
      await back.next("call.resumed");
      await back.next("webrtc.offer");
      peer.send("webrtc.ice", { session_id, n: 30 });
      for (let n = 1; n <= 30; n += 1) expect((await back.next("webrtc.ice"))["n"]).toBe(n);
      expect(await peer.settled()).toEqual([]);
    },
  );

  it("GRACE-2 hears of an acceptance that it missed", async () => {
    const { caller, callee, session } = await ringing(labelled);
    await caller.lose();
    callee.send("call.accept", { session_id: session });
    callee.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await callee.settled();
    const back = await connect(caller.user, labelled.caller);
    expect(await back.next("call.resumed")).toMatchObject({ state: "accepted", role: "caller" });
    expect(await back.next("call.accepted")).toMatchObject({
      callee_info: { user_id: callee.user },
    });
    await back.next("webrtc.offer");
  });
});

describe("unlabelled devices", () => {
  it("GRACE-9 hand a call over to the user's next unlabelled socket", async () => {
    const { caller, callee, session } = await established();
    const bystander = await connect(callee.user);
    await callee.lose();
    expect(await (await connect(callee.user, "device=phone")).settled()).toEqual([]);
    const back = await connect(callee.user);
    expect(await back.next("call.resumed")).toMatchObject({ session_id: session });
    back.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await caller.next("webrtc.offer");
    for (const client of [bystander, await connect(callee.user)]) {
      expect(await client.settled()).toEqual([]);
      client.send("webrtc.ice", { session_id: session });
      expect(await client.next("error")).toMatchObject({ code: "unauthorized" });
    }
  });

  it("GRACE-9 hand no call over that their lost socket was not in, or whose device is there", async () => {
    const { callee, session } = await established();
    await (await connect(callee.user)).lose();
    const late = await connect(callee.user);
    expect(await late.settled()).toEqual([]);
    late.send("webrtc.ice", { session_id: session });
    expect(await late.next("error")).toMatchObject({ code: "unauthorized" });
  });

  it.each(ROLES)(
    "GRACE-9 hear by the next unlabelled socket that their call ended meanwhile (%s)",
    async (who, other) => {
      const call = await established();
      const { [who]: away, [other]: peer, session: session_id } = call;
      await away.lose();
      peer.send("call.end", { session_id });
      await peer.settled();
      await paid(peer.user);
      const back = await connect(away.user);
      expect(await back.next("call.ended")).toMatchObject({ session_id, reason: "ended_by_user" });
      await expectFree(peer, back);
      // Told once, to the one that took its place.
      expect(await (await connect(away.user)).settled()).toEqual([]);
    },
  );

  it("GRACE-9 hear nothing of it after the grace", async () => {
    const { caller, callee, session } = await established();
    await callee.lose();
    caller.send("call.end", { session_id: session });
    await caller.settled();
    await paid(caller.user);
    passTime(GRACE_MS);
    expect(await (await connect(callee.user)).settled()).toEqual([]);
  });

  it("GRACE-11 that were lost while they rang hear of the end by the next unlabelled sockets", async () => {
    const { caller, callee, session: session_id } = await ringing();
    const other = await connect(callee.user);
    await other.next("call.ring");
    for (const client of [callee, other]) await client.lose();
    caller.send("call.end", { session_id });
    await caller.settled();
    await paid(caller.user);
    await evictDurableObject(objectOf(callee.user));
    for (let lost = 0; lost < 2; lost += 1) {
      const back = await connect(callee.user);
      expect(await back.next("call.ended")).toMatchObject({ session_id, reason: "ended_by_user" });
    }
    expect(await (await connect(callee.user)).settled()).toEqual([]);
    expect(await stored(callee.user, (kv) => kv.get("farewell"))).toBeUndefined();
  });

  it("GRACE-9 are one device anyway for a user named by `hash`", async () => {
    const user = someone("user");
    const caller = await connectAs(user, { hash: user });
    const session_id = await ring(caller, await connect(someone("callee")));
    await caller.lose();
    const back = await connectAs(user, { hash: user });
    expect(await back.next("call.resumed")).toMatchObject({ session_id, state: "ringing" });
  });
});
