import { describe, expect, it, vi } from "vitest";
import { ring } from "../support/calls.ts";
import { connect, someone, type Client } from "../support/client.ts";
import { alarmOf, runAlarm, stored } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const refused = {
  type: "error",
  payload: { code: "internal_error", message: "Failed to forward ICE candidate" },
};

/** A call whose callee went away after its one event, the ring. */
async function withAbsentPhone() {
  const caller = await connect(someone("caller"));
  const phone = await openResuming(someone("callee"), "device=phone");
  const session = await ring(caller, phone);
  phone.send("call.accept", { session_id: session });
  await caller.next("call.accepted");
  await phone.lose();
  return { caller, phone, session };
}

const returned = (phone: Client, seq: number) =>
  openResuming(phone.user, `device=phone&${proofOf(phone, seq)}`);

describe("what waits for a device", () => {
  it("RESUME-4 is 256 events; the sender of one more is refused, and the call's end still fits", async () => {
    const { caller, phone, session } = await withAbsentPhone();
    const names = Array.from({ length: 257 }, (_, index) => `c${index}`);
    for (const [index, candidate] of names.entries()) {
      // A burst of 200 frames is what a socket may send at once.
      if (index === 180) {
        expect(await caller.settled()).toEqual([]);
        passTime(10_000);
      }
      caller.send("webrtc.ice", { session_id: session, candidate });
    }
    // The ring is among the 256.
    for (let count = 0; count < 2; count += 1) {
      expect(await caller.nextMessage("error")).toMatchObject(refused);
    }
    caller.send("call.end", { session_id: session });
    expect(await caller.settled()).toEqual([]);
    const back = await returned(phone, 1);
    expect(back.welcome).toMatchObject({ resumed: true, seq: 257, calls: [] });
    for (const candidate of names.slice(0, 255)) {
      expect((await back.nextMessage("webrtc.ice")).payload["candidate"]).toBe(candidate);
    }
    expect(await back.nextMessage("call.ended")).toMatchObject({ seq: 257 });
  });

  it("RESUME-4 is 1 MiB", async () => {
    const { caller, phone, session } = await withAbsentPhone();
    for (const candidate of ["a", "b", "c"]) {
      const filler = "x".repeat(400 * 1_024);
      caller.send("webrtc.ice", { session_id: session, candidate, filler });
    }
    expect(await caller.nextMessage("error")).toMatchObject(refused);
    const back = await returned(phone, 1);
    for (const candidate of ["a", "b"]) {
      expect(await back.next("webrtc.ice")).toMatchObject({ candidate });
    }
    expect(await back.settled()).toEqual([]);
  });

  it("RESUME-4 are the latest: a client that is further behind starts over", async () => {
    const user = someone("bob");
    const phone = await openResuming(user, "device=phone");
    for (let count = 0; count < 260; count += 1) phone.raw("{}");
    expect(await phone.settled()).toHaveLength(260);
    const kept = await stored(user, (kv) => [...kv.list({ prefix: "mail:" })].length);
    expect(kept).toBe(256);
    await phone.lose();
    // Event 261 was the answer that marks the end, so 6 is the first that is kept.
    const exact = await returned(phone, 5);
    expect(exact.welcome).toMatchObject({ resumed: true, seq: 261 });
    await exact.lose();
    const behind = await returned(phone, 4);
    expect(behind.welcome).toMatchObject({ resumed: false, seq: 0 });
  });

  it("RESUME-4 waits for 5 minutes", async () => {
    passTime(0);
    const caller = await connect(someone("caller"));
    const phones = [
      await openResuming(someone("early"), "device=phone"),
      await openResuming(someone("late"), "device=phone"),
    ] as const;
    for (const phone of phones) {
      const session_id = await ring(caller, phone);
      await phone.lose();
      caller.send("call.end", { session_id });
      expect(await caller.settled()).toEqual([]);
    }
    passTime(300_000);
    const early = await returned(phones[0], 1);
    expect(early.welcome).toMatchObject({ resumed: true });
    expect(await early.nextMessage("call.ended")).toMatchObject({ seq: 2 });
    passTime(1);
    const late = await returned(phones[1], 1);
    expect(late.welcome).toMatchObject({ resumed: false });
  });

  it("RESUME-4 leaves nothing behind after 5 minutes", async () => {
    passTime(0);
    const phone = await openResuming(someone("bob"), "device=phone");
    const { user } = phone;
    const caller = await connect(someone("caller"));
    const session_id = await ring(caller, phone);
    caller.send("call.end", { session_id });
    await phone.next("call.ended");
    await phone.lose();
    const delivered = () => stored(user, (kv) => [...kv.list({ prefix: "delivered:" })].length);
    expect(await delivered()).toBe(1);
    expect(await alarmOf(user)).toBe(Date.now() + 300_000);
    passTime(300_000);
    await runAlarm(user);
    const rows = await stored(user, (kv) => [...kv.list()].map(([key]) => key));
    expect(rows.filter((key) => /^(box|mail|lost|alarm|delivered):/.test(key))).toEqual([]);
    expect(await alarmOf(user)).toBeNull();
  });
});

describe("a client that promised to ping", () => {
  const silent = { code: 4003, reason: "silent" };

  it("RESUME-7 counts as gone after two heartbeats in silence, and what comes for it waits", async () => {
    passTime(0);
    const phone = await openResuming(someone("bob"), "device=phone");
    const desk = await connect(phone.user, "device=desk");
    const caller = await connect(someone("caller"));
    passTime(50_000);
    const first = await ring(caller, phone);
    caller.send("call.end", { session_id: first });
    await phone.next("call.ended");
    passTime(1);
    caller.send("call.start", { callee_id: phone.user });
    expect(await phone.closed).toEqual(silent);
    await caller.next("call.ringing");
    const back = await returned(phone, 2);
    expect(back.welcome).toMatchObject({ resumed: true, calls: [{ state: "ringing" }] });
    const session = await back.rung();
    expect(await back.settled()).toEqual([]);
    // A client that promised nothing is trusted.
    expect([await desk.rung(), (await desk.next("call.ended"))["session_id"]]).toEqual([
      first,
      first,
    ]);
    expect(await desk.rung()).toBe(session);
  });

  it("RESUME-7 counts as there while it sends or pings; one that did not finds the ring on its return", async () => {
    const real = Date.now();
    // The platform's own clock, which remembers pings, does not move: so the clients come early.
    vi.setSystemTime(real - 60_000);
    const [pinging, talking, quiet] = [
      await openResuming(someone("pinging"), "device=phone"),
      await openResuming(someone("talking"), "device=phone"),
      await openResuming(someone("quiet"), "device=phone"),
    ] as const;
    const pong = new Promise<void>((resolve) => {
      pinging.socket.addEventListener("message", ({ data }) => {
        if (data === "pong") resolve();
      });
    });
    pinging.raw("ping");
    await pong;
    vi.setSystemTime(real - 30_000);
    expect(await talking.settled()).toEqual([]);
    vi.setSystemTime(real);
    const caller = await connect(someone("caller"));
    for (const client of [pinging, talking]) {
      const session_id = await ring(caller, client);
      caller.send("call.end", { session_id });
      await client.next("call.ended");
    }
    caller.send("call.start", { callee_id: quiet.user });
    expect(await quiet.closed).toEqual(silent);
    await caller.next("call.ringing");
    const back = await returned(quiet, 0);
    const session_id = await back.rung();
    back.send("call.accept", { session_id });
    await caller.next("call.accepted");
  });
});
