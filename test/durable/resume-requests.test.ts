import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { ring } from "../support/calls.ts";
import { inChannel, say, someChannel } from "../support/channels.ts";
import { connect, someone } from "../support/client.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { newRoom } from "../support/rooms.ts";
import { until } from "../support/until.ts";
import { divertToChannels, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Whether something was published on a channel. */
function isPublished(channel: string): Promise<boolean> {
  return inChannel(channel, ({ sql }) => sql.exec("SELECT 1 FROM log").toArray().length > 0);
}

describe("a request that comes again after a reconnect", () => {
  it("RESUME-5 starts one call, and gets its first answer", async () => {
    const phone = await openResuming(someone("caller"), "device=phone");
    const callee = await connect(someone("callee"));
    const again = { callee_id: callee.user };
    phone.send("call.start", again, { ref: "s" });
    const session = await callee.rung();
    const answer = { type: "call.ringing", ref: "s", payload: { session_id: session } };
    expect(await phone.nextMessage()).toMatchObject({ ...answer, seq: 1 });

    // Its answer was lost: it is sent as a missed event, and once more to whoever asks again.
    await phone.lose();
    const back = await openResuming(phone.user, `device=phone&${proofOf(phone, 0)}`);
    expect(await back.nextMessage()).toMatchObject({ ...answer, seq: 1 });
    for (const seq of [2, 3]) {
      back.send("call.start", again, { ref: "s" });
      expect(await back.nextMessage()).toMatchObject({ ...answer, seq });
    }
    expect(await back.settled()).toEqual([]);
    expect(await callee.settled()).toEqual([]);
  });

  it("RESUME-5 gets its first error, although it would succeed by now", async () => {
    const user = someone("callee");
    const phone = await openResuming(someone("caller"), "device=phone");
    const offline = { type: "error", ref: "s", payload: { code: "user_offline" } };
    phone.send("call.start", { callee_id: user }, { ref: "s" });
    expect(await phone.nextMessage()).toMatchObject(offline);
    await phone.lose();
    const callee = await connect(user);
    const back = await openResuming(phone.user, `device=phone&${proofOf(phone, 1)}`);
    back.send("call.start", { callee_id: user }, { ref: "s" });
    expect(await back.nextMessage()).toMatchObject(offline);
    back.send("call.start", { callee_id: user }, { ref: "another" });
    expect(await back.nextMessage("call.ringing")).toMatchObject({ ref: "another" });
    await callee.rung();
    expect(await callee.settled()).toEqual([]);
  });

  it("RESUME-5 has no second effect on a whole call, across a reset of the objects", async () => {
    const caller = await openResuming(someone("caller"), "device=phone");
    const callee = await openResuming(someone("callee"), "device=phone");
    const session_id = await ring(caller, callee);
    const accept = { session_id };
    callee.send("call.accept", accept, { ref: "a" });
    expect(await callee.nextMessage("ack")).toMatchObject({ ref: "a", seq: 2 });
    await caller.next("call.accepted");
    callee.send("webrtc.offer", { session_id, sdp: "once" }, { ref: "o" });
    expect(await callee.nextMessage("ack")).toMatchObject({ ref: "o", seq: 3 });
    expect(await caller.nextMessage("webrtc.offer")).toMatchObject({ seq: 3 });

    await abortAllDurableObjects();
    const there = await openResuming(caller.user, `device=phone&${proofOf(caller, 3)}`);
    const back = await openResuming(callee.user, `device=phone&${proofOf(callee, 3)}`);
    back.send("call.accept", accept, { ref: "a" });
    back.send("webrtc.offer", { session_id, sdp: "once" }, { ref: "o" });
    back.send("call.end", { session_id }, { ref: "e" });
    const refs: unknown[] = [];
    while (refs.length < 3) {
      const { type, ref } = await back.nextMessage();
      if (type === "ack") refs.push(ref);
      else expect(type).toMatch(/^call\.peer_/);
    }
    expect(refs).toEqual(["a", "o", "e"]);
    const types: string[] = [];
    while (types.at(-1) !== "call.ended") types.push((await there.nextMessage()).type);
    expect(types.filter((type) => !type.startsWith("call.peer_"))).toEqual(["call.ended"]);
  });

  it("RESUME-5 counts references per device, and anew for a client without the proof", async () => {
    const user = someone("bob");
    const phone = await openResuming(user, "device=phone");
    const tablet = await openResuming(user, "device=tablet");
    const nobody = someone("nobody");
    const check = (session_id: string) => ({ session_id });
    phone.send("call.start", { callee_id: nobody }, { ref: "1" });
    expect(await phone.nextMessage("error")).toMatchObject({ ref: "1" });
    tablet.send("call.check", check("x"), { ref: "1" });
    expect(await tablet.nextMessage("call.check_result")).toMatchObject({ ref: "1" });
    await phone.lose();
    const over = await openResuming(user, "device=phone");
    over.send("call.check", check("x"), { ref: "1" });
    expect(await over.nextMessage("call.check_result")).toMatchObject({ ref: "1" });
  });
});

describe("requests of a client that starts over", () => {
  it("RESUME-5 are its own, whatever its predecessor has left open", async () => {
    const { room } = await newRoom();
    const user = someone("asker");
    const page = await openResuming(user, "device=page");
    page.send("room.join", { room }, { ref: "1" });
    await page.settled();
    const over = await openResuming(user, "device=page");
    expect(over.welcome["resumed"]).toBe(false);
    over.send("room.create", { room: someone("own") }, { ref: "1" });
    expect(await over.nextMessage("room.created")).toMatchObject({ ref: "1" });
  });

  it("RESUME-5 have no answer of a request that its predecessor left under way", async () => {
    const [slow, quick] = [someChannel(), someChannel()];
    const user = someone("ann");
    const page = await openResuming(user, "device=page");
    const gates = { slow: new Gate(), quick: new Gate() };
    divertToChannels(async (delivery, object) => {
      const isSlow = delivery.messages.some(
        ({ kind, message }) => kind === "place.publish" && message.json === '"slow"',
      );
      await gates[isSlow ? "slow" : "quick"].pass();
      return object.receive(delivery);
    });
    say(page, "broadcast", { channel: slow, event: "e", payload: "slow", ref: "1" });
    await page.settled();
    const over = await openResuming(user, "device=page");
    say(over, "broadcast", { channel: quick, event: "e", payload: "quick", ref: "1" });
    await over.settled();
    gates.slow.open();
    await until(() => isPublished(slow));
    expect(await over.settled()).toEqual([]);
    gates.quick.open();
    expect(await over.nextMessage("ack")).toMatchObject({ ref: "1", channel: quick });
  });

  it("RESUME-5 bring no answers to references of its predecessor", async () => {
    const { room } = await newRoom();
    const user = someone("asker");
    const page = await openResuming(user, "device=page");
    page.send("room.join", { room }, { ref: "2" });
    await page.settled();
    const over = await openResuming(user, "device=page");
    expect(over.welcome["resumed"]).toBe(false);
    over.send("room.join", { room }, { ref: "1" });
    expect(await over.settled()).toEqual([]);
  });
});
