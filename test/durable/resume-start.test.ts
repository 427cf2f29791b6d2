import { describe, expect, it } from "vitest";
import { ring, ringing } from "../support/calls.ts";
import { connect, someone, type Client } from "../support/client.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const text = expect.any(String) as string;
const number = expect.any(Number) as number;

/** A call that Bob's phone, which resumes, has accepted; it has had one event, the ring. */
async function establishedOnPhone() {
  const caller = await connect(someone("caller"));
  const phone = await openResuming(someone("callee"), "device=phone");
  const session = await ring(caller, phone);
  phone.send("call.accept", { session_id: session });
  await caller.next("call.accepted");
  return { caller, phone, session };
}

describe("a socket that resumes", () => {
  it("RESUME-1 begins with welcome, and every event has the next number", async () => {
    const phone = await openResuming(someone("bob"), "device=phone");
    expect(phone.welcome).toEqual({
      connection_id: text,
      epoch: text,
      seq: 0,
      resume_token: text,
      heartbeat_seconds: 25,
      reconnect_jitter_ms: 10_000,
      server_time: number,
      resumed: false,
      calls: [],
    });
    const caller = await connect(someone("caller"));
    for (const seq of [1, 5]) {
      caller.send("call.start", { callee_id: phone.user });
      const { payload, ...rung } = await phone.nextMessage("call.ring");
      expect(rung).toEqual({ type: "call.ring", seq });
      phone.raw("nonsense");
      expect(await phone.nextMessage("error")).toMatchObject({ seq: seq + 1 });
      phone.send("call.check", { session_id: payload["session_id"] }, { ref: `r${seq}` });
      expect(await phone.nextMessage("call.check_result")).toMatchObject({ seq: seq + 2 });
      await caller.next("call.ringing");
      caller.send("call.end", { session_id: payload["session_id"] });
      expect(await phone.nextMessage("call.ended")).toMatchObject({ seq: seq + 3 });
    }
  });

  it("RESUME-1 counts for its own device; one that did not opt in gets no numbers", async () => {
    const user = someone("bob");
    const phone = await openResuming(user, "device=phone");
    const tablet = await openResuming(user, "device=tablet");
    const desk = await connect(user, "device=desk");
    for (let count = 1; count <= 2; count += 1) {
      phone.raw("{}");
      expect(await phone.nextMessage("error")).toMatchObject({ seq: count });
    }
    const caller = await connect(someone("caller"));
    caller.send("call.start", { callee_id: user });
    expect(await phone.nextMessage("call.ring")).toMatchObject({ seq: 3 });
    expect(await tablet.nextMessage("call.ring")).toMatchObject({ seq: 1 });
    expect(await desk.nextMessage("call.ring")).not.toHaveProperty("seq");
    expect(await caller.nextMessage("call.ringing")).not.toHaveProperty("seq");
  });
});

describe("a client that cannot go on", () => {
  const proofs: Record<string, (phone: Client) => string> = {
    "has no proof": () => "",
    "has no number": ({ welcome }) => `resume_token=${String(welcome["resume_token"])}`,
    "has no token": () => "seq=1",
    "names a number that has not been": (phone) => proofOf(phone, 900),
    "has a token that is not one": () => "resume_token=nonsense&seq=1",
  };

  it.each(Object.entries(proofs))(
    "RESUME-3 starts over from a snapshot when it %s, and still gets what waited",
    async (_, proof) => {
      const { caller, phone, session } = await establishedOnPhone();
      await phone.lose();
      caller.send("webrtc.ice", { session_id: session, candidate: "while away" });
      expect(await caller.settled()).toEqual([]);
      const back = await openResuming(phone.user, `device=phone&${proof(phone)}`);
      expect(back.welcome).toMatchObject({
        seq: 0,
        resumed: false,
        calls: [
          {
            session_id: session,
            state: "accepted",
            role: "callee",
            peer_id: caller.user,
            peer_info: { user_id: caller.user },
            here: true,
            claim_deadline: number,
          },
        ],
      });
      expect(back.welcome["epoch"]).not.toBe(phone.welcome["epoch"]);
      expect(await back.nextMessage("call.resumed")).toMatchObject({ seq: 1 });
      expect(await back.nextMessage("webrtc.ice")).toMatchObject({
        seq: 2,
        payload: { candidate: "while away" },
      });
      back.send("webrtc.ice", { session_id: session, candidate: "back" });
      expect(await caller.next("webrtc.ice")).toMatchObject({ candidate: "back" });
    },
  );

  it("RESUME-3 learns whether the call rings, where it is, and that it is over", async () => {
    const { caller, callee, session } = await ringing({ caller: "device=phone" });
    const at = async (user: string, device: string) =>
      (await openResuming(user, `device=${device}`)).welcome["calls"];
    const ringingCall = { session_id: session, state: "ringing", ring_deadline: number };
    expect(await at(caller.user, "tablet")).toEqual([
      { ...ringingCall, role: "caller", peer_id: callee.user, here: false },
    ]);
    expect(await at(callee.user, "tablet")).toMatchObject([
      { ...ringingCall, role: "callee", peer_id: caller.user, here: true },
    ]);
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    expect(await at(caller.user, "desk")).toEqual([]);
    expect(await at(callee.user, "desk")).toEqual([]);
  });
});
