import { describe, expect, it, vi } from "vitest";
import { User } from "../../src/durable/user.ts";
import { established, expectFree, ring, ringing } from "../support/calls.ts";
import { connect, connectAs, someone, type Received } from "../support/client.ts";
import { paid } from "../support/objects.ts";
import { divert, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const busy = { code: "user_busy", message: "User is busy" };
const typesOf = (messages: readonly Received[]) => messages.map(({ type }) => type);

describe("two users who call each other", () => {
  it("GLARE-1 keep the call that was created first, however close the starts", async () => {
    for (let round = 0; round < 5; round += 1) {
      const [anna, ben] = [await connect(someone("anna")), await connect(someone("ben"))];
      const sends = [
        () => anna.send("call.start", { callee_id: ben.user }),
        () => ben.send("call.start", { callee_id: anna.user }),
      ];
      for (const send of round % 2 === 0 ? sends : sends.toReversed()) send();
      const [annas, bens] = [await anna.settled(), await ben.settled()];
      const annaWon = typesOf(annas).includes("call.ringing");
      const [won, lost] = annaWon ? [anna, ben] : [ben, anna];
      const [winners, losers] = annaWon ? [annas, bens] : [bens, annas];
      expect(typesOf(winners)).toEqual(["call.ringing"]);
      // The ring itself, the refusal, and the ring once more; the first two may come either way round.
      while (losers.at(-1)?.payload["glare"] !== true) losers.push(await lost.nextMessage());
      expect(losers.find(({ type }) => type === "error")?.payload).toMatchObject(busy);
      const session_id = losers.at(-1)?.payload["session_id"];
      lost.send("call.accept", { session_id });
      expect(await won.next("call.accepted")).toMatchObject({ session_id });
      for (const client of [anna, ben]) expect(await client.settled()).toEqual([]);
    }
  });

  it("GLARE-2 are connected at once when the later start wants to join", async () => {
    const [from, to] = [someone("anna"), someone("ben")];
    const anna = await connectAs(from, { sub: from, name: "Anna" });
    const ben = await connectAs(to, { sub: to, name: "Ben" });
    const other = await connect(to);
    const session_id = await ring(anna, ben);
    await other.rung();
    anna.send("webrtc.offer", { session_id, sdp: "v=0" });
    ben.send("call.start", { callee_id: from, glare: "join" }, { ref: "j" });
    expect(await ben.nextMessage("call.joined")).toEqual({
      type: "call.joined",
      payload: {
        session_id,
        caller_id: from,
        caller_info: { user_id: from, name: "Anna" },
        role: "callee",
      },
      ref: "j",
    });
    expect(await anna.nextMessage("call.accepted")).toEqual({
      type: "call.accepted",
      payload: { session_id, callee_info: { user_id: to, name: "Ben" } },
    });
    await ben.next("webrtc.offer");
    expect(await other.next("call.ended")).toMatchObject({ reason: "answered_elsewhere" });
    ben.send("webrtc.answer", { session_id, sdp: "v=0" });
    await anna.next("webrtc.answer");
    for (const client of [anna, ben, other]) expect(await client.settled()).toEqual([]);
  });

  it("GLARE-2 are connected when both want to join and start in the same moment", async () => {
    for (let round = 0; round < 5; round += 1) {
      const [anna, ben] = [await connect(someone("anna")), await connect(someone("ben"))];
      anna.send("call.start", { callee_id: ben.user, glare: "join" });
      ben.send("call.start", { callee_id: anna.user, glare: "join" });
      const heard = [await anna.settled(), await ben.settled()];
      const annaWon = typesOf(heard[0] ?? []).includes("call.ringing");
      const [won, winners] = [annaWon ? anna : ben, heard[annaWon ? 0 : 1] ?? []];
      const losers = heard[annaWon ? 1 : 0] ?? [];
      while (winners.length < 2) winners.push(await won.nextMessage());
      expect(typesOf(winners)).toEqual(["call.ringing", "call.accepted"]);
      expect(typesOf(losers).filter((type) => type !== "call.ring")).toEqual(["call.joined"]);
      const session_id = losers.at(-1)?.payload["session_id"];
      anna.send("webrtc.offer", { session_id, sdp: "v=0" });
      await ben.next("webrtc.offer");
      anna.send("call.end", { session_id });
      await ben.next("call.ended");
      await paid(anna.user);
      await expectFree(anna, ben);
    }
  });

  it("GLARE-3 hear user_busy, then the ring once more, when the later one does not join", async () => {
    for (const glare of [undefined, "", "no", "JOIN"]) {
      const { caller, callee, session } = await ringing();
      const other = await connect(callee.user);
      await other.rung();
      callee.send("call.start", { callee_id: caller.user, glare }, { ref: "g" });
      expect(await callee.nextMessage("error")).toEqual({
        type: "error",
        payload: { ...busy, ref_type: "call.start" },
        ref: "g",
      });
      expect(await callee.nextMessage("call.ring")).toEqual({
        type: "call.ring",
        payload: {
          session_id: session,
          caller_id: caller.user,
          caller_info: { user_id: caller.user },
          glare: true,
        },
      });
      for (const client of [caller, callee, other]) expect(await client.settled()).toEqual([]);
      callee.send("call.accept", { session_id: session });
      await caller.next("call.accepted");
    }
  });

  /** Anna's start, whose ring is still on its way when Ben calls her. */
  async function ringOnItsWay() {
    const [anna, ben] = [await connect(someone("anna")), await connect(someone("ben"))];
    const [sent, released] = [new Gate(), new Gate()];
    divert(async (delivery, object) => {
      if (delivery.messages.some(({ kind }) => kind === "call.ring")) {
        sent.open();
        await released.pass();
      }
      return object.receive(delivery);
    });
    anna.send("call.start", { callee_id: ben.user });
    await sent.pass();
    return { anna, ben, released };
  }

  it("GLARE-3 hear the ring after user_busy also when it comes late", async () => {
    const { anna, ben, released } = await ringOnItsWay();
    ben.send("call.start", { callee_id: anna.user });
    expect(await ben.next("error")).toMatchObject(busy);
    released.open();
    expect(await ben.next("call.ring")).toMatchObject({ caller_id: anna.user, glare: true });
    await anna.next("call.ringing");
    expect(await ben.settled()).toEqual([]);
  });

  it("GLARE-2 are connected before the ring has come, which then rings no more", async () => {
    const { anna, ben, released } = await ringOnItsWay();
    ben.send("call.start", { callee_id: anna.user, glare: "join" });
    const { session_id } = await ben.next("call.joined");
    await anna.next("call.ringing");
    expect(await anna.next("call.accepted")).toMatchObject({ session_id });
    released.open();
    anna.send("webrtc.offer", { session_id, sdp: "v=0" });
    await ben.next("webrtc.offer");
    for (const client of [anna, ben]) expect(await client.settled()).toEqual([]);
  });

  it("GLARE-3 are only told user_busy once the call is answered, join or not", async () => {
    const { caller, callee } = await established();
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      from.send("call.start", { callee_id: to.user, glare: "join" });
      expect(await from.next("error")).toMatchObject(busy);
      expect(await from.settled()).toEqual([]);
    }
  });

  it("GLARE-3 does not hold for a third who calls a user that is being rung", async () => {
    const { caller, callee } = await ringing();
    const third = await connect(someone("third"));
    for (const callee_id of [caller.user, callee.user]) {
      third.send("call.start", { callee_id, glare: "join" });
      expect(await third.next("error")).toMatchObject(busy);
    }
    for (const client of [caller, callee, third]) expect(await client.settled()).toEqual([]);
  });
});

describe("a peer who calls again", () => {
  it.each([ringing, established])(
    "GLARE-4 replaces the call that the other side still believes in",
    async (place) => {
      const { caller, callee, session } = await place();
      // The end never reaches the callee's object.
      const deaf = vi
        .spyOn(User.prototype, "receive")
        .mockImplementation(async ({ messages }) =>
          messages.map(() => ({ failed: true }) as const),
        );
      caller.send("call.end", { session_id: session });
      await caller.settled();
      await vi.waitUntil(() => deaf.mock.calls.length > 0);
      deaf.mockRestore();
      callee.send("call.check", { session_id: session });
      expect(await callee.next("call.check_result")).toMatchObject({ exists: true });

      caller.send("call.start", { callee_id: callee.user });
      expect(await callee.next("call.ended")).toEqual({ session_id: session, reason: "replaced" });
      const session_id = await callee.rung();
      expect(await caller.next("call.ringing")).toMatchObject({ session_id });
      callee.send("call.accept", { session_id });
      await caller.next("call.accepted");
      // What is still owed for the old call must not touch the new one.
      caller.send("webrtc.offer", { session_id, sdp: "v=0" });
      await callee.next("webrtc.offer");
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
    },
  );
});
