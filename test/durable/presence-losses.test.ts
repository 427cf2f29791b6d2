import { describe, expect, it, vi } from "vitest";
import { Channel } from "../../src/durable/channel.ts";
import {
  asked,
  hear,
  listener,
  presentOn,
  publish,
  runChannelAlarm,
  say,
  someChannel,
  stranger,
  told,
} from "../support/channels.ts";
import { connect, request, someone } from "../support/client.ts";
import { alarmOf, runAlarm, stored, vanish } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { Gate } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const GRACE_MS = 5_000;

/** What is shown of the one user who is present. */
async function metaOf(channel: string): Promise<unknown> {
  const response = await request(`/api/channels/${encodeURIComponent(channel)}/presence`);
  const { users } = await response.json<{ users: { meta: unknown }[] }>();
  return users[0]?.meta;
}

describe("presence of a socket that was replaced", () => {
  it("PRES-4 ends after the grace, unless the new one joins", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const ann = await stranger("ann", "device=phone");
    await asked(ann, "presence_join", { channel });
    await hear(watcher, "presence_join");
    const next = await connect(ann.user, "device=phone");
    await told(ann.user);
    await asked(next, "presence_join", { channel });
    await hear(watcher, "presence_join");
    await connect(ann.user, "device=phone");
    await told(ann.user);
    passTime(GRACE_MS + 1);
    await runChannelAlarm(channel);
    expect(await hear(watcher)).toMatchObject({ type: "presence_leave", user_id: ann.user });
  });
});

describe("presence of a socket that is lost while its requests wait", () => {
  it.each([
    ["a client that does not resume", stranger],
    ["one that resumes", (name: string) => openResuming(someone(name), "device=d")],
  ])("PRES-4 ends after the grace, for %s", async (_, open) => {
    const channel = someChannel();
    const ann = await open("ann");
    await asked(ann, "presence_join", { channel });
    const { receive } = Channel.prototype;
    const gate = new Gate();
    vi.spyOn(Channel.prototype, "receive").mockImplementation(async function (this: Channel, mail) {
      await gate.pass();
      return receive.call(this, mail);
    });
    // The subscription waits at the channel, the update behind it, and the loss overtakes that.
    say(ann, "subscribe", { channel, listen: ["broadcast"], ref: "s" });
    say(ann, "presence_update", { channel, payload: { late: true }, ref: "u" });
    await ann.lose();
    gate.open();
    await told(ann.user);
    await vi.waitFor(async () => {
      expect(await metaOf(channel)).toEqual({ late: true });
    });
    await told(ann.user);
    passTime(GRACE_MS + 1);
    expect(await presentOn(channel)).toEqual([]);
  });
});

describe("presence of a client that resumes", () => {
  it("PRES-4 goes on when the news of its loss has arrived, and nobody knows", async () => {
    const channel = someChannel();
    const user = someone("ann");
    const ann = await openResuming(user, "device=d");
    await asked(ann, "presence_join", { channel });
    const { receive } = Channel.prototype;
    const broken = vi.spyOn(Channel.prototype, "receive");
    broken.mockImplementation(async function (this: Channel, mail) {
      await receive.call(this, mail);
      throw Object.assign(new Error("lost"), { retryable: true });
    });
    await ann.lose();
    await vi.waitFor(() => {
      expect(broken.mock.settledResults.filter(({ type }) => type === "rejected")).toHaveLength(3);
    });
    broken.mockRestore();
    await openResuming(user, `device=d&${proofOf(ann, 1)}`);
    await told(user);
    passTime(GRACE_MS + 1);
    expect(await presentOn(channel)).toEqual([user]);
  });
});

describe("presence of sockets that vanished", () => {
  it("PRES-5 ends after the grace, whether its object is asked or wakes by itself", async () => {
    const channel = someChannel();
    const ann = await stranger("ann");
    await asked(ann, "presence_join", { channel });
    expect(await alarmOf(ann.user)).toBeGreaterThan(Date.now());
    await vanish(ann.user);
    await told(ann.user);
    expect(await presentOn(channel)).toEqual([ann.user]);
    passTime(GRACE_MS + 1);
    expect(await presentOn(channel)).toEqual([]);
  });

  it("PRES-5 ends also when only a delivery finds nobody on the seat", async () => {
    const channel = someChannel();
    const ann = await listener(channel, ["broadcast"]);
    await asked(ann, "presence_join", { channel });
    // The object has forgotten all about its socket: only the channel knows of it.
    await stored(ann.user, (kv) => {
      for (const [key] of kv.list()) kv.delete(key);
    });
    await vanish(ann.user);
    await publish(channel, 1);
    expect(await presentOn(channel)).toEqual([ann.user]);
    passTime(GRACE_MS + 1);
    expect(await presentOn(channel)).toEqual([]);
  });

  it("PRES-6 leaves no alarm behind when all have gone", async () => {
    const channel = someChannel();
    const ann = await stranger("ann");
    await asked(ann, "presence_join", { channel });
    await ann.lose();
    await told(ann.user);
    passTime(400_000);
    for (let turn = 0; turn < 4; turn += 1) {
      await runAlarm(ann.user);
      await runChannelAlarm(channel);
      passTime(400_000);
    }
    expect([await runAlarm(ann.user), await runChannelAlarm(channel)]).toEqual([false, false]);
  });
});

describe("presence of a client that resumes", () => {
  it("PRES-7 goes on within the grace without a word, and comes back after it", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const ann = await openResuming(`ann-${channel}`, "device=d");
    await asked(ann, "presence_join", { channel, payload: { a: 1 } });
    await hear(watcher, "presence_join");
    await ann.lose();
    await told(ann.user);
    const again = await openResuming(ann.user, `device=d&${proofOf(ann, 1)}`);
    expect(again.welcome["resumed"]).toBe(true);
    await told(ann.user);
    passTime(GRACE_MS + 1);
    await runChannelAlarm(channel);
    expect(await watcher.settled()).toEqual([]);
    await again.lose();
    await told(ann.user);
    passTime(GRACE_MS + 1);
    await runChannelAlarm(channel);
    expect(await hear(watcher)).toMatchObject({ type: "presence_leave" });
    await openResuming(ann.user, `device=d&${proofOf(ann, 1)}`);
    expect(await hear(watcher)).toMatchObject({ type: "presence_join", meta: { a: 1 } });
  });
});
