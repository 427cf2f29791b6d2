import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { expectFree } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { alarmOf, paid, runAlarm, stored } from "../support/objects.ts";
import { openResuming } from "../support/resuming.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Rows of an object's storage, as they are. */
type Rows = Readonly<Record<string, unknown>>;

/** Gives users' objects these rows, then starts the objects from them. */
async function startFrom(rows: Readonly<Record<string, Rows>>): Promise<void> {
  for (const [user, kept] of Object.entries(rows)) {
    await stored(user, (kv) => {
      for (const [key, value] of Object.entries(kept)) kv.put(key, value);
    });
  }
  await abortAllDurableObjects();
}

/** Every kind of row of version 1, written out: this is what deployed objects have. */
function versionOne(alice: string, bob: string, session: string) {
  const at = Date.now();
  const mail = (seq: number, type: string, payload: object) => ({
    at,
    frame: JSON.stringify({ type, payload, seq }),
  });
  const established = {
    version: 1,
    session,
    state: "accepted",
    ringUntil: at + 45_000,
    device: "label:phone",
  };
  const debt = { session: `${session}-debt`, caller: alice, callee: bob };
  return {
    [alice]: {
      call: { ...established, role: "caller", peer: bob, announced: true },
      "alarm:refresh": at + 120_000,
      starts: [at],
    },
    [bob]: {
      call: {
        ...established,
        role: "callee",
        peer: alice,
        peerInfo: { user_id: alice, name: "Alice" },
        ignored: ["label:tablet"],
        unconfirmed: { user_id: bob },
      },
      "socket:one": {
        id: "one",
        device: "label:phone",
        label: "phone",
        profile: { user_id: bob },
        resume: true,
        nameless: false,
        since: at,
      },
      "box:label:phone": { version: 1, epoch: "epoch-of-bob", secret: "secret-of-bob" },
      "mail:epoch-of-bob:000000000001": mail(1, "call.ring", { session_id: session }),
      "mail:epoch-of-bob:000000000002": mail(2, "webrtc.ice", { candidate: "kept" }),
      'request:"label:phone":a': {
        at,
        id: "5f0c9d5e-0000-4000-8000-000000000001",
        result: { type: "ack", ref_type: "call.accept", ref: "a" },
      },
      "lost:label:tablet": { at: at - 1_000, nameless: false, seq: 0 },
      "lost:socket:two": { at: at - 400_000, nameless: true },
      "delivered:nobody": { id: "life:1", answers: [{ reply: null }] },
      over: [{ session: `${session}-over`, reason: "ended_by_user", announced: false }],
      [`closing:${debt.session}`]: {
        call: debt,
        notify: {
          kind: "call.finish",
          message: { session: debt.session, action: "lose", reason: "peer_disconnected" },
        },
        release: true,
        tries: 1,
        since: at,
      },
      [`alarm:closing:${debt.session}`]: at - 1,
      "alarm:refresh": at + 120_000,
      "alarm:call": at - 1,
      seen: ["5f0c9d5e-0000-4000-8000-000000000002"],
    },
  };
}

describe("stored state of version 1", () => {
  it("RESUME-9 is a call that goes on, and a mailbox, a request and a debt that are kept", async () => {
    const [alice, bob, session_id] = [someone("alice"), someone("bob"), crypto.randomUUID()];
    await startFrom(versionOne(alice, bob, session_id));
    const phone = await openResuming(
      bob,
      "device=phone&resume_token=epoch-of-bob.secret-of-bob&seq=1",
    );
    expect(phone.welcome).toMatchObject({
      resumed: true,
      epoch: "epoch-of-bob",
      calls: [{ session_id, state: "accepted", role: "callee", peer_id: alice, here: true }],
    });
    expect(await phone.nextMessage("webrtc.ice")).toEqual({
      type: "webrtc.ice",
      payload: { candidate: "kept" },
      seq: 2,
    });
    phone.send("call.accept", { session_id }, { ref: "a" });
    expect(await phone.nextMessage("ack")).toMatchObject({ ref: "a" });
    phone.send("call.reject", { session_id: `${session_id}-over` });
    expect(await phone.next("error")).toMatchObject({ code: "session_not_found" });

    const caller = await connect(alice, "device=phone");
    expect(await caller.next("call.resumed")).toMatchObject({ session_id, peer_id: bob });
    caller.send("webrtc.ice", { session_id, candidate: "on" });
    expect(await phone.next("call.peer_reconnected")).toEqual({ session_id });
    expect(await phone.next("webrtc.ice")).toMatchObject({ candidate: "on" });
    phone.send("webrtc.offer", { session_id, sdp: "v=0" });
    await caller.next("webrtc.offer");
    await runAlarm(bob);
    await paid(bob);
    const left = await stored(bob, (kv) => [...kv.list({ prefix: "lost:" })].map(([key]) => key));
    expect(left).not.toContain("lost:socket:two");

    caller.send("call.end", { session_id });
    expect(await phone.next("call.ended")).toMatchObject({ session_id, reason: "ended_by_user" });
    await paid(alice);
    const third = await connect(someone("third"));
    for (const client of [phone, caller]) await expectFree(third, client);
  });

  it("RESUME-9 is a ringing call that rings on, and ends in time", async () => {
    const [alice, bob, session_id] = [someone("alice"), someone("bob"), crypto.randomUUID()];
    const ringing = { version: 1, session: session_id, state: "ringing", ringUntil: Date.now() };
    await startFrom({
      [alice]: {
        call: { ...ringing, role: "caller", peer: bob, device: "label:phone", announced: true },
        "alarm:call": ringing.ringUntil,
        "box:label:phone": { version: 1, epoch: "epoch-of-alice", secret: "s" },
      },
      [bob]: {
        call: { ...ringing, role: "callee", peer: alice, peerInfo: { user_id: alice } },
        "alarm:call": ringing.ringUntil + 3_000,
        "box:label:phone": { version: 1, epoch: "epoch-of-bob", secret: "s" },
      },
    });
    await alarmOf(alice);
    await runAlarm(alice);
    await paid(alice);
    for (const [user, epoch] of [
      [alice, "epoch-of-alice"],
      [bob, "epoch-of-bob"],
    ] as const) {
      const phone = await openResuming(user, `device=phone&resume_token=${epoch}.s&seq=0`);
      expect(phone.welcome).toMatchObject({ resumed: true, calls: [] });
      expect(await phone.next("call.ended")).toEqual({ session_id, reason: "no_answer" });
    }
  });
});

describe("stored state of a version that is not known", () => {
  it("RESUME-9 counts as none: the user is free, and a client starts over", async () => {
    const [alice, bob] = [someone("alice"), someone("bob")];
    await startFrom({
      [bob]: {
        call: { version: 2, sessions: [{ of: "a shape that is yet to come" }] },
        "box:label:phone": { version: 2, epoch: "epoch", secret: "secret", more: [] },
        "mail:epoch:000000000001": { at: Date.now(), frame: "a shape that is yet to come" },
        "alarm:call": Date.now() - 1,
        "alarm:refresh": Date.now() - 1,
        "alarm:yet:to:come": Date.now() - 1,
      },
    });
    await alarmOf(bob);
    const phone = await openResuming(bob, "device=phone&resume_token=epoch.secret&seq=0");
    expect(phone.welcome).toMatchObject({ resumed: false, seq: 0, calls: [] });
    await runAlarm(bob);
    expect(await phone.settled()).toEqual([]);
    await expectFree(await connect(alice), phone);
    await expectFree(phone, await connect(someone("carol")));
  });
});
