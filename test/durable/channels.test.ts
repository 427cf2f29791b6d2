import { evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { asked, hear, listener, publish, say, someChannel, stranger } from "../support/channels.ts";
import { connect } from "../support/client.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const number = expect.any(Number) as unknown;
const text = expect.any(String) as unknown;

describe.each([
  ["fresh", async () => {}],
  ["evicted between any two steps", () => evictAllDurableObjects()],
] as const)("channels, %s", (_, between) => {
  it("CHAN-1 a broadcast reaches every subscribed connection, the sender's own included", async () => {
    const channel = someChannel();
    const one = await listener(channel);
    const two = await connect(one.user);
    await asked(two, "subscribe", { channel, listen: ["broadcast", "shouting"] });
    await between();
    const other = await listener(channel, ["broadcast"]);
    const watcher = await listener(channel, ["presence"]);
    await between();
    say(one, "broadcast", { channel, event: "moved", payload: { x: [1, null] } });
    for (const client of [one, two, other]) {
      const got = await hear(client, "broadcast");
      expect(got).toEqual({
        ...{ type: "broadcast", channel, event: "moved", payload: { x: [1, null] } },
        ...{ user_id: one.user, ts: number, message_id: number, epoch: text, offset: 1 },
      });
      expect(Object.keys(got).join(" ")).toBe(
        "type channel event payload user_id ts message_id epoch offset",
      );
      expect(Math.abs(Date.now() - Number(got["ts"]))).toBeLessThan(60_000);
    }
    await between();
    const speaker = await stranger("speaker");
    say(speaker, "broadcast", { channel });
    for (const client of [one, two, other]) {
      expect(await hear(client)).toMatchObject({ event: "", payload: null, offset: 2 });
    }
    for (const client of [watcher, speaker]) expect(await client.settled()).toEqual([]);
  });

  it("CHAN-2 a subscription is replaced, not added to; without a word it hears nothing", async () => {
    const channel = someChannel();
    const client = await listener(channel, ["broadcast", "presence"]);
    const voice = await stranger("voice");
    for (const listen of [[], undefined, ["nothing"]]) {
      await asked(client, "subscribe", { channel, listen: ["broadcast"] });
      await between();
      await asked(client, "subscribe", { channel, listen });
      await between();
      await asked(voice, "broadcast", { channel });
      await asked(voice, "presence_join", { channel });
    }
    await asked(client, "subscribe", { channel, listen: ["broadcast"] });
    await between();
    await asked(client, "unsubscribe", { channel });
    await asked(voice, "broadcast", { channel });
    expect(await client.settled()).toEqual([]);
  });

  it("CHAN-3 all subscribers get all events in one order", async () => {
    const channel = someChannel();
    const listeners = await Promise.all([1, 2, 3].map(() => listener(channel)));
    const voices = await Promise.all([1, 2, 3].map(() => stranger("voice")));
    for (let round = 0; round < 3; round += 1) {
      await between();
      for (let n = 0; n < 10; n += 1) {
        for (const voice of voices) say(voice, "broadcast", { channel, payload: n });
      }
    }
    const heard = await Promise.all(
      listeners.map(async (client) => {
        const all: unknown[] = [];
        while (all.length < 90) {
          const { user_id, payload, offset } = await hear(client, "broadcast");
          all.push(`${String(offset)} ${String(user_id)} ${String(payload)}`);
        }
        return all;
      }),
    );
    expect(new Set(heard.map((all) => all.join("\n"))).size).toBe(1);
    expect(new Set(heard[0]).size).toBe(90);
  });

  it("CHAN-6 what was missed follows an acked subscribe with since, once and in order", async () => {
    const channel = someChannel();
    const first = await listener(channel);
    for (const n of [1, 2, 3, 4]) await publish(channel, n);
    const seen = [await hear(first, "broadcast"), await hear(first, "broadcast")].at(-1);
    await first.lose();
    await between();
    const again = await stranger("again");
    const since = { epoch: seen?.["epoch"], offset: seen?.["offset"] };
    say(again, "subscribe", { channel, listen: ["presence", "broadcast"], since });
    const published = publish(channel, 5);
    expect(await hear(again, "ack")).toMatchObject({
      ref_type: "subscribe",
      channel,
      recovered: true,
    });
    for (const n of [3, 4]) expect(await hear(again, "broadcast")).toMatchObject({ payload: n });
    const rest = [await hear(again), await hear(again)];
    expect(rest.map(({ type }) => type).toSorted()).toEqual(["broadcast", "presence_sync"]);
    await published;
    await between();
    for (const stale of [
      { ...since, epoch: "another" },
      { ...since, offset: 99 },
    ]) {
      say(again, "subscribe", { channel, listen: ["broadcast"], since: stale, ref: "r" });
      expect(await hear(again)).toEqual({
        ...{ type: "ack", ref: "r", ref_type: "subscribe", channel },
        ...{ epoch: since.epoch, offset: 5, recovered: false },
      });
    }
    expect(await again.settled()).toEqual([]);
  });
});
