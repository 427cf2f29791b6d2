import { evictAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { established, expectFree, ringing } from "../support/calls.ts";
import { connect, someone, type Client } from "../support/client.ts";
import { objectOf, paid, runAlarm } from "../support/objects.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const GRACE_MS = 15_000;

/** A whole call in steps, of which each needs what the objects remember of the ones before. */
class Story {
  caller!: Client;
  callee!: Client;
  session_id = "";

  readonly steps: readonly (() => Promise<unknown>)[] = [
    async () => {
      this.caller = await connect(someone("caller"), "device=a");
      this.callee = await connect(someone("callee"), "device=b");
    },
    async () => {
      this.caller.send("call.start", { callee_id: this.callee.user });
      this.session_id = await this.callee.rung();
      await this.caller.next("call.ringing");
    },
    () => this.#signal(this.caller, { n: 1 }),
    async () => {
      this.callee.send("call.accept", { session_id: this.session_id });
      await this.caller.next("call.accepted");
      expect(await this.callee.next("webrtc.ice")).toMatchObject({ n: 1 });
    },
    () => this.#relay("webrtc.offer", this.caller, this.callee),
    () => this.#relay("webrtc.answer", this.callee, this.caller),
    () => this.#relay("webrtc.ice", this.caller, this.callee),
    () => this.#relay("webrtc.ice", this.callee, this.caller),
    () => this.callee.lose(),
    () => this.#signal(this.caller, { n: 2 }),
    async () => {
      this.callee = await connect(this.callee.user, "device=b");
      expect(await this.callee.next("call.resumed")).toMatchObject({ session_id: this.session_id });
      expect(await this.callee.next("webrtc.ice")).toMatchObject({ n: 2 });
    },
    async () => {
      this.callee.send("call.check", { session_id: this.session_id });
      expect(await this.callee.next("call.check_result")).toMatchObject({ state: "accepted" });
    },
    async () => {
      this.caller.send("call.end", { session_id: this.session_id });
      expect(await this.callee.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    },
    () => paid(this.caller.user),
    () => expectFree(this.callee, this.caller),
  ];

  async #signal(from: Client, more: object): Promise<void> {
    from.send("webrtc.ice", { session_id: this.session_id, ...more });
    expect(await from.settled()).toEqual([]);
  }

  async #relay(type: string, from: Client, to: Client): Promise<void> {
    from.send(type, { session_id: this.session_id, sdp: "v=0" });
    expect(await to.nextMessage(type)).toMatchObject({ payload: { sdp: "v=0" } });
  }
}

describe("objects that are evicted while their sockets hibernate", () => {
  it.each(new Story().steps.slice(0, -1).map((_, index) => index))(
    "OBJ-1 go on with a call when evicted after step %i",
    async (evicted) => {
      const { steps } = new Story();
      for (const [index, step] of steps.entries()) {
        await step();
        if (index === evicted) await evictAllDurableObjects();
      }
      expect(steps.length).toBeGreaterThan(evicted);
    },
  );

  it("OBJ-1 go on with a call when evicted after every step", async () => {
    const story = new Story();
    for (const step of story.steps) {
      await step();
      await evictAllDurableObjects();
    }
    for (const client of [story.caller, story.callee]) expect(await client.settled()).toEqual([]);
  });

  it("OBJ-1 still know which device is which, whose token expires, and what was promised", async () => {
    const { caller, callee, session } = await ringing({ callee: "device=b&resume=1" });
    const other = await connect(callee.user);
    await other.rung();
    await evictAllDurableObjects();
    const again = await connect(callee.user, "device=b&resume=1");
    expect(await callee.closed).toMatchObject({ code: 4001 });
    await again.rung();
    await evictAllDurableObjects();
    again.send("call.accept", { session_id: session }, { ref: "r" });
    expect((await again.nextMessage("ack")).ref).toBe("r");
    await caller.next("call.accepted");
    expect(await other.next("call.ended")).toMatchObject({ reason: "answered_elsewhere" });
  });

  it("OBJ-2 have nothing of a call to keep them awake: no timer stays armed in any phase", async () => {
    const { setTimeout: set } = globalThis;
    let armed = 0;
    let fired = 0;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms?: number) => {
      const ours = new Error("who asks").stack?.includes("/src/") ?? false;
      armed += ours ? 1 : 0;
      return set(() => {
        fired += ours ? 1 : 0;
        work();
      }, ms);
    }) as typeof setTimeout);
    const forever = vi.spyOn(AbortSignal, "timeout");
    const story = new Story();
    for (const step of story.steps) {
      await step();
      // Waits for what is under way, timers included; one that nobody clears goes off meanwhile.
      await evictAllDurableObjects();
    }
    expect(armed).toBeGreaterThan(0);
    expect(fired).toBe(0);
    expect(forever).not.toHaveBeenCalled();
  });
});

describe("sockets that vanished without a close", () => {
  const cut = () => evictAllDurableObjects({ webSockets: "close" });

  it("OBJ-6 count as lost: both sides return within the grace and the call goes on", async () => {
    for (const place of [ringing, established]) {
      const {
        caller,
        callee,
        session: session_id,
      } = await place({ caller: "device=a", callee: "device=b" });
      await cut();
      const back = {
        caller: await connect(caller.user, "device=a"),
        callee: await connect(callee.user, "device=b"),
      };
      expect(await back.caller.next("call.resumed")).toMatchObject({ session_id });
      if (place === ringing) expect(await back.callee.rung()).toBe(session_id);
      else expect(await back.callee.next("call.resumed")).toMatchObject({ session_id });
      for (const client of [back.caller, back.callee]) {
        client.send("call.check", { session_id });
        await client.next("call.check_result");
      }
      passTime(GRACE_MS + 1_000);
      for (const { user } of [caller, callee]) await runAlarm(user);
      for (const client of [back.caller, back.callee]) expect(await client.settled()).toEqual([]);
    }
  });

  it.each(["caller", "callee"] as const)(
    "OBJ-6 end the call after the grace when the %s stays away",
    async (who) => {
      const call = await established({ caller: "device=a", callee: "device=b" });
      const other = who === "caller" ? "callee" : "caller";
      await cut();
      const peer = await connect(call[other].user, `device=${other === "caller" ? "a" : "b"}`);
      await peer.next("call.resumed");
      peer.send("call.check", { session_id: call.session });
      await peer.next("call.check_result");
      // Nobody has looked at the other object since; its own alarm finds the socket gone.
      passTime(120_000);
      await runAlarm(call[who].user);
      passTime(GRACE_MS);
      await runAlarm(call[who].user);
      expect(await peer.next("call.ended")).toEqual({
        session_id: call.session,
        reason: "peer_disconnected",
      });
    },
  );

  it("OBJ-6 make their user offline after the grace, and present until then", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    await evictDurableObject(objectOf(callee.user), { webSockets: "close" });
    caller.send("call.start", { callee_id: callee.user });
    const { session_id } = await caller.next("call.ringing");
    caller.send("call.end", { session_id });
    await caller.settled();
    await paid(caller.user);
    passTime(GRACE_MS + 1_000);
    caller.send("call.start", { callee_id: callee.user });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });
});
