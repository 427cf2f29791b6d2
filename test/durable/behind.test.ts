import { evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Receiver } from "../../src/durable/peers.ts";
import {
  channelObject,
  hear,
  inChannel,
  lineOf,
  listener,
  lookAgain,
  publish,
  runChannelAlarm,
  say,
  someChannel,
  stranger,
} from "../support/channels.ts";
import { someone } from "../support/client.ts";
import { objectOf, reset } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { until } from "../support/until.ts";
import { breakWay, divert, divertToChannels, hasEvents, straight } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** As many broadcasts a channel keeps by default. */
const HISTORY = 100;
const MANY = 300;
/** So often in a row a user's object is out of reach before it is given up. */
const MOST_FAILURES = 10;
/** So long after a delivery failed, a channel tries again. */
const RETRY_MS = 2_000;

describe("a channel's object that is reset before everybody has an event", () => {
  it("CHAN-12 sends it again, and nobody gets it twice", async () => {
    const channel = someChannel();
    const [lucky, late] = [await listener(channel), await listener(channel)];
    const line = await lineOf(late.user);
    const way = breakWay((delivery) => hasEvents(delivery, line));
    for (const n of [1, 2]) await publish(channel, n);
    for (const payload of [1, 2]) expect(await hear(lucky)).toMatchObject({ payload });
    await evictAllDurableObjects();
    way.isBroken = false;
    await runChannelAlarm(channel);
    for (const payload of [1, 2]) expect(await hear(late)).toMatchObject({ payload });
    await publish(channel, 3);
    for (const client of [lucky, late]) expect(await hear(client)).toMatchObject({ payload: 3 });
    expect(await lucky.settled()).toEqual([]);
  });
});

describe("a subscription whose answer cannot be delivered", () => {
  it("CHAN-14 has its answer when the channel tries again", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    const way = breakWay(hasEvents);
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "r" });
    await until(() => way.failures > 0);
    way.isBroken = false;
    await lookAgain(channel);
    expect(await hear(client)).toMatchObject({ type: "ack", ref: "r" });
    expect(await hear(client)).toMatchObject({ type: "presence_sync" });
  });

  it("CHAN-14 has one answer, also when the channel's own is lost on the way back", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    divertToChannels(async (delivery, object) => {
      await object.receive(delivery);
      throw Object.assign(new Error("lost"), { retryable: true });
    });
    say(client, "subscribe", { channel, listen: ["broadcast"], ref: "r" });
    expect(await hear(client)).toMatchObject({ type: "ack", ref: "r" });
    expect(await client.settled()).toEqual([]);
    divertToChannels(straight);
    await publish(channel, 1);
    expect(await hear(client)).toMatchObject({ payload: 1 });
  });

  it("CHAN-14 is closed with 4004 when the channel's object is reset before that", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    const way = breakWay(hasEvents);
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "r" });
    await until(() => way.failures > 0);
    await publish(channel, 1);
    await reset(channelObject(channel));
    way.isBroken = false;
    await lookAgain(channel);
    expect(await client.closed).toEqual({ code: 4004, reason: "behind" });
    const again = await listener(channel);
    await publish(channel, 2);
    expect(await hear(again)).toMatchObject({ payload: 2 });
  });
});

/** A client that resumes. */
const resuming = () => openResuming(someone("ann"), "device=d");

/** Whether a channel knows that a delivery has failed. */
function isToTryAgain(channel: string): Promise<boolean> {
  const due = (kv: SyncKvStorage) => kv.get<number>("alarm:deliver") ?? Infinity;
  return inChannel(channel, ({ kv }) => due(kv) <= Date.now() + RETRY_MS);
}

describe("a subscriber that has been given up", () => {
  it.each([
    ["plain", () => stranger("ann")],
    ["one that resumes", resuming],
  ])(
    "CHAN-11 is closed when the channel is reset before it was told, be it %s",
    async (_, open) => {
      const channel = someChannel();
      const client = await open();
      const way = breakWay(hasEvents);
      say(client, "subscribe", { channel, listen: ["broadcast"], ref: "r" });
      for (let n = 1; n < MOST_FAILURES; n += 1) {
        await until(() => isToTryAgain(channel));
        passTime(RETRY_MS);
        await runChannelAlarm(channel);
      }
      expect(await client.settled()).toMatchObject([{ type: "error", ref: "r" }]);
      await reset(channelObject(channel));
      way.isBroken = false;
      await lookAgain(channel);
      expect(await client.closed).toEqual({ code: 4004, reason: "behind" });
    },
  );
});

describe("a channel that is never quiet", () => {
  it("CHAN-13 keeps its history, and not all that it ever said", async () => {
    const channel = someChannel();
    const client = await listener(channel);
    const count = { published: 0, setOut: 0 };
    // Each delivery waits until there is a next one to be made.
    divert(async (delivery, object) => {
      const [letter] = delivery.messages;
      if (letter?.kind === "place.events") count.setOut += letter.message.items.length;
      await until(() => count.published > count.setOut || count.published === MANY);
      return object.receive(delivery);
    });
    for (let n = 1; n <= MANY; n += 1) {
      await publish(channel, n);
      count.published = n;
      await until(() => count.setOut >= n - 1);
    }
    const rows = await inChannel(channel, ({ sql }) => sql.exec("SELECT * FROM log").toArray());
    expect(rows.length).toBeLessThan(HISTORY + 100);
    for (let n = 1; n <= MANY; n += 1) expect(await hear(client)).toMatchObject({ payload: n });
  });
});

describe("a connection that could not take its events", () => {
  it("CHAN-11 is closed with 4004, be it plain or one that resumes, and starts over", async () => {
    const channel = someChannel();
    const plain = await listener(channel);
    const kept = await resuming();
    say(kept, "subscribe", { channel, listen: ["broadcast"], ref: "r" });
    await hear(kept, "ack");
    for (const client of [plain, kept]) {
      const broken = [await lineOf(client.user)];
      const message = { place: `channel:${channel}`, epoch: "e", items: [], broken };
      // The stub's own type is too deep for the compiler.
      const object = objectOf(client.user) as unknown as Receiver;
      await object.receive({
        ...{ id: crypto.randomUUID(), from: `channel:${channel}` },
        messages: [{ kind: "place.events", message }],
      });
      expect(await client.closed).toEqual({ code: 4004, reason: "behind" });
    }
    const again = await openResuming(kept.user, `device=d&${proofOf(kept, 1)}`);
    expect(again.welcome["resumed"]).toBe(false);
  });
});
