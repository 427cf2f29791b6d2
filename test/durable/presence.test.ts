import { evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import {
  asked,
  hear,
  listener,
  presentOn,
  runChannelAlarm,
  say,
  someChannel,
  stranger,
  told,
} from "../support/channels.ts";
import { connect } from "../support/client.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const GRACE_MS = 5_000;
const number = expect.any(Number) as unknown;

describe.each([
  ["fresh", async () => {}],
  ["evicted between any two steps", () => evictAllDurableObjects()],
] as const)("presence, %s", (_, between) => {
  it("PRES-1 comes, changes and goes as events to those who listen, the actor included", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const ann = await listener(channel, ["presence"]);
    const deaf = await listener(channel, ["broadcast"]);
    await between();
    const steps: [string, unknown, object][] = [
      ["presence_join", { a: 1 }, { meta: { a: 1 } }],
      ["presence_join", { a: 1 }, { meta: { a: 1 } }],
      ["presence_update", {}, {}],
      ["presence_update", null, {}],
    ];
    for (const [type, payload, shown] of steps) {
      say(ann, type, { channel, payload });
      for (const client of [watcher, ann]) {
        const got = await hear(client);
        expect(got).toEqual({
          ...{ type, channel, user_id: ann.user, ...shown, updated_at: number, ts: number },
        });
        expect(Number(got["ts"]) / Number(got["updated_at"])).toBeCloseTo(1_000, 0);
      }
      await between();
    }
    say(ann, "presence_leave", { channel });
    const left = { type: "presence_leave", channel, user_id: ann.user, ts: number };
    for (const client of [watcher, ann]) expect(await hear(client)).toEqual(left);
    say(ann, "presence_leave", { channel });
    for (const client of [watcher, ann, deaf]) expect(await client.settled()).toEqual([]);
  });

  it("PRES-1 keeps its order in a burst, and so do the acknowledgements", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const ann = await stranger("ann");
    const kinds = ["join", "update", "update", "join", "update", "leave", "update", "update"];
    for (const [n, kind] of kinds.entries()) {
      say(ann, `presence_${kind}`, { channel, payload: { n }, ref: String(n) });
    }
    await between();
    for (const [n, kind] of kinds.entries()) {
      const type = `presence_${kind}`;
      expect(await hear(ann)).toMatchObject({ type: "ack", ref_type: type, ref: String(n) });
      const meta = kind === "leave" ? {} : { meta: { n } };
      expect(await hear(watcher)).toMatchObject({ type, ...meta });
    }
    expect(await presentOn(channel)).toEqual([ann.user]);
  });

  it("PRES-2 is told to a new listener by one sync; what changes later follows", async () => {
    const channel = someChannel();
    const ann = await stranger("ann");
    const ben = await stranger("ben");
    await asked(ann, "presence_join", { channel, payload: { a: 1 } });
    await asked(ben, "presence_update", { channel, payload: {} });
    await between();
    const watcher = await stranger("watcher");
    say(watcher, "subscribe", { channel, listen: ["presence"] });
    const sync = await hear(watcher, "presence_sync");
    expect(Object.keys(sync)).toEqual(["type", "channel", "users"]);
    const users = [...(sync["users"] as { user_id: string }[])];
    expect(users.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1))).toEqual([
      { user_id: ann.user, meta: { a: 1 }, updated_at: number },
      { user_id: ben.user, meta: null, updated_at: number },
    ]);
    await between();
    say(ben, "presence_leave", { channel });
    expect(await hear(watcher)).toMatchObject({ type: "presence_leave", user_id: ben.user });
    expect(await (await listener(someChannel(), ["presence"])).settled()).toEqual([]);
  });

  it("PRES-3 belongs to connections and is shown per user, with what was set last", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const phone = await stranger("ann");
    const laptop = await connect(phone.user);
    say(phone, "presence_join", { channel, payload: { on: "phone" } });
    expect(await hear(watcher)).toMatchObject({ type: "presence_join", meta: { on: "phone" } });
    say(laptop, "presence_join", { channel, payload: { on: "laptop" } });
    expect(await hear(watcher)).toMatchObject({ type: "presence_join", meta: { on: "laptop" } });
    await between();
    say(laptop, "presence_leave", { channel });
    expect(await hear(watcher)).toMatchObject({ type: "presence_update", meta: { on: "phone" } });
    say(laptop, "presence_join", { channel, payload: { on: "laptop" } });
    await hear(watcher, "presence_join");
    await between();
    await phone.lose();
    await told(phone.user);
    expect(await watcher.settled()).toEqual([]);
    await laptop.lose();
    await told(phone.user);
    expect(await presentOn(channel)).toEqual([phone.user]);
    passTime(GRACE_MS + 1);
    await between();
    await runChannelAlarm(channel);
    expect(await hear(watcher)).toMatchObject({ type: "presence_leave", user_id: phone.user });
    expect(await presentOn(channel)).toEqual([]);
  });

  it("PRES-4 outlasts a lost connection by the grace; a user who is back by then never left", async () => {
    const channel = someChannel();
    const watcher = await listener(channel, ["presence"]);
    const ann = await stranger("ann");
    await asked(ann, "presence_join", { channel });
    await hear(watcher, "presence_join");
    await ann.lose();
    await told(ann.user);
    await between();
    passTime(GRACE_MS - 1_000);
    await runChannelAlarm(channel);
    const back = await connect(ann.user);
    await asked(back, "presence_join", { channel });
    expect(await hear(watcher)).toMatchObject({ type: "presence_join" });
    passTime(GRACE_MS);
    await between();
    await runChannelAlarm(channel);
    expect(await watcher.settled()).toEqual([]);
    expect(await presentOn(channel)).toEqual([ann.user]);
  });
});
