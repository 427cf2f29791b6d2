import { describe, expect, it } from "vitest";
import { ring } from "../support/calls.ts";
import { connect, connectAs, someone, type Client } from "../support/client.ts";
import { runAlarm, vanish } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const open: Record<"resumes" | "plain", (user: string, device: string) => Promise<Client>> = {
  resumes: (user, device) => openResuming(user, `device=${device}`),
  plain: (user, device) => connect(user, `device=${device}`),
};

async function establishedBetween(from: keyof typeof open, to: keyof typeof open) {
  const caller = await open[from](someone("caller"), "phone");
  const callee = await open[to](someone("callee"), "phone");
  const session_id = await ring(caller, callee);
  callee.send("call.accept", { session_id });
  await caller.next("call.accepted");
  return { caller, callee, session_id };
}

describe("the other side of a lost device", () => {
  it.each(["caller", "callee"] as const)(
    "RESUME-6 hears of the %s's loss and return, with the deadline, if it opted in",
    async (role) => {
      passTime(0);
      const call = await establishedBetween("resumes", "resumes");
      const { session_id } = call;
      const [gone, stays] =
        role === "caller" ? [call.caller, call.callee] : [call.callee, call.caller];
      const idle = await openResuming(stays.user, "device=tablet");
      await gone.lose();
      const deadline = Date.now() + 15_000;
      expect(await stays.next("call.peer_reconnecting")).toEqual({ session_id, deadline });
      const back = await openResuming(gone.user, `device=phone&${proofOf(gone, 2)}`);
      expect(await stays.next("call.peer_reconnected")).toEqual({ session_id });
      for (const client of [idle, stays]) expect(await client.settled()).toEqual([]);
      back.send("call.end", { session_id });
      await stays.next("call.ended");
    },
  );

  it("RESUME-6 hears of sockets cut by a deployment, and of the return at the claim", async () => {
    const { caller, callee, session_id } = await establishedBetween("resumes", "plain");
    await vanish(callee.user);
    const news = await caller.next("call.peer_reconnecting");
    expect(news).toEqual({ session_id, deadline: expect.any(Number) as number });
    const back = await connect(callee.user, "device=phone");
    await back.next("call.resumed");
    expect(await caller.settled()).toEqual([]);
    back.send("call.check", { session_id });
    expect(await caller.next("call.peer_reconnected")).toEqual({ session_id });
  });

  it("RESUME-6 hears of the end when the lost device does not come back", async () => {
    passTime(0);
    const { caller, callee, session_id } = await establishedBetween("resumes", "plain");
    await callee.lose();
    await caller.next("call.peer_reconnecting");
    passTime(15_000);
    await runAlarm(callee.user);
    expect(await caller.next("call.ended")).toEqual({ session_id, reason: "peer_disconnected" });
  });

  it("RESUME-6 notices nothing without having opted in", async () => {
    const { caller, callee, session_id } = await establishedBetween("plain", "resumes");
    await callee.lose();
    const back = await openResuming(callee.user, `device=phone&${proofOf(callee, 1)}`);
    expect(back.welcome).toMatchObject({ resumed: true });
    back.send("webrtc.offer", { session_id, sdp: "v=0" });
    await caller.next("webrtc.offer");
    expect(await caller.settled()).toEqual([]);
  });
});

describe("a resume token", () => {
  it("RESUME-8 of another user opens nothing, and leaves that user's mailbox alone", async () => {
    const phone = await openResuming(someone("bob"), "device=phone");
    phone.raw("{}");
    await phone.next("error");
    await phone.lose();
    for (const query of [`device=phone&${proofOf(phone, 0)}`, proofOf(phone, 0)]) {
      const thief = await openResuming(someone("mallory"), query);
      expect(thief.welcome).toMatchObject({ resumed: false, seq: 0, calls: [] });
      expect(await thief.settled()).toEqual([]);
    }
    const back = await openResuming(phone.user, `device=phone&${proofOf(phone, 0)}`);
    expect(back.welcome).toMatchObject({ resumed: true, seq: 1 });
    await back.next("error");
  });

  it("RESUME-8 of another device opens nothing, and leaves that device's mailbox alone", async () => {
    const user = someone("bob");
    const phone = await openResuming(user, "device=phone");
    phone.raw("{}");
    await phone.next("error");
    for (const device of ["device=tablet&", "device=user&", ""]) {
      const other = await openResuming(user, device + proofOf(phone, 0));
      expect(other.welcome).toMatchObject({ resumed: false, seq: 0 });
      expect(await other.settled()).toEqual([]);
    }
    const claimed = await connectAs(
      user,
      { sub: user, device: "desk" },
      `resume=1&${proofOf(phone, 0)}`,
    );
    expect(await claimed.settled()).toEqual([]);
    expect(claimed.welcome).toMatchObject({ resumed: false });
    const back = await openResuming(user, `device=phone&${proofOf(phone, 0)}`);
    expect(back.welcome).toMatchObject({ resumed: true, seq: 1 });
  });

  it("RESUME-8 names its own device where that has no label, and one at a time", async () => {
    const user = someone("bob");
    const [first, second] = [await openResuming(user), await openResuming(user)];
    second.raw("{}");
    await second.next("error");
    for (const client of [first, second]) await client.lose();
    const back = await openResuming(user, proofOf(second, 0));
    expect(back.welcome).toMatchObject({ resumed: true, epoch: second.welcome["epoch"] });
    await back.next("error");
    const other = await openResuming(user, proofOf(first, 0));
    expect(other.welcome).toMatchObject({ resumed: true, epoch: first.welcome["epoch"] });
    expect(await other.settled()).toEqual([]);
  });

  it("RESUME-8 is worthless once its device has started over", async () => {
    const phone = await openResuming(someone("bob"), "device=phone");
    await openResuming(phone.user, "device=phone");
    expect(await phone.closed).toMatchObject({ code: 4001 });
    const back = await openResuming(phone.user, `device=phone&${proofOf(phone, 0)}`);
    expect(back.welcome).toMatchObject({ resumed: false });
  });
});
