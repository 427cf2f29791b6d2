import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { Channel } from "../../src/durable/channel.ts";
import type { Receiver } from "../../src/durable/peers.ts";
import type { User } from "../../src/durable/user.ts";
import {
  channelObject,
  hear,
  inChannel,
  lineOf,
  listener,
  publish,
  runChannelAlarm,
  say,
  someChannel,
  stranger,
} from "../support/channels.ts";
import { someone } from "../support/client.ts";
import { objectOf } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { divert } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** As many broadcasts a channel keeps by default. */
const HISTORY = 100;
const MANY = 300;
/** By then a channel has looked whether everything has arrived. */
const LOOK_MS = 10_000;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 0));
}

describe("a channel's object that is reset before everybody has an event", () => {
  it("CHAN-12 sends it again, and nobody gets it twice", async () => {
    const channel = someChannel();
    const [lucky, late] = [await listener(channel), await listener(channel)];
    const lines = await Promise.all([lucky, late].map(({ user }) => lineOf(user)));
    let isBroken = true;
    divert((delivery, object) => {
      const [letter] = delivery.messages;
      const isLate =
        letter?.kind === "place.events" &&
        letter.message.items.some(({ to }) => to.includes(lines[1] ?? ""));
      return isLate && isBroken ? Promise.reject(new Error("away")) : object.receive(delivery);
    });
    for (const n of [1, 2]) await publish(channel, n);
    for (const payload of [1, 2]) expect(await hear(lucky)).toMatchObject({ payload });
    await evictAllDurableObjects();
    isBroken = false;
    await runChannelAlarm(channel);
    for (const payload of [1, 2]) expect(await hear(late)).toMatchObject({ payload });
    await publish(channel, 3);
    for (const client of [lucky, late]) expect(await hear(client)).toMatchObject({ payload: 3 });
    expect(await lucky.settled()).toEqual([]);
  });
});

/** Breaks the way from channels to users, until it is mended. */
function breakTheWay() {
  const way = { isBroken: true, failures: 0 };
  divert((delivery, object) => {
    const isOfPlace = delivery.messages.some(({ kind }) => kind === "place.events");
    if (!way.isBroken || !isOfPlace) return object.receive(delivery);
    way.failures += 1;
    return Promise.reject(new Error("away"));
  });
  return way;
}

/** Whether a channel has been asked for its presence. */
function isAskedFor(channel: string): Promise<boolean> {
  const query = "SELECT 1 FROM seats WHERE presence = 1";
  return inChannel(channel, ({ sql }) => sql.exec(query).toArray().length > 0);
}

/** Resets an object in the middle of what it does. */
async function reset(stub: DurableObjectStub<Channel> | DurableObjectStub<User>): Promise<void> {
  const abort = (_: unknown, state: DurableObjectState) => state.abort("reset by a test");
  await runInDurableObject(stub as DurableObjectStub<Channel>, abort).catch(() => {});
}

describe("a subscription whose answer cannot be delivered", () => {
  it("CHAN-14 has its answer when the channel tries again", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    const way = breakTheWay();
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "r" });
    await until(() => way.failures > 0);
    way.isBroken = false;
    passTime(LOOK_MS);
    await runChannelAlarm(channel);
    expect(await hear(client)).toMatchObject({ type: "ack", ref: "r" });
    expect(await hear(client)).toMatchObject({ type: "presence_sync" });
  });

  it("CHAN-14 has one answer, also when the channel's own is lost on the way back", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    const { receive } = Channel.prototype;
    const lost = Object.assign(new Error("lost"), { retryable: true });
    const broken = vi.spyOn(Channel.prototype, "receive");
    broken.mockImplementation(async function (this: Channel, delivery) {
      await receive.call(this, delivery);
      throw lost;
    });
    say(client, "subscribe", { channel, listen: ["broadcast"], ref: "r" });
    expect(await hear(client)).toMatchObject({ type: "ack", ref: "r" });
    expect(await client.settled()).toEqual([]);
    broken.mockRestore();
    await publish(channel, 1);
    expect(await hear(client)).toMatchObject({ payload: 1 });
  });

  it("CHAN-14 is closed with 4004 when the channel's object is reset before that", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    const way = breakTheWay();
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "r" });
    await until(() => way.failures > 0);
    await publish(channel, 1);
    await reset(channelObject(channel));
    way.isBroken = false;
    passTime(LOOK_MS);
    await runChannelAlarm(channel);
    expect(await client.closed).toEqual({ code: 4004, reason: "behind" });
    const again = await listener(channel);
    await publish(channel, 2);
    expect(await hear(again)).toMatchObject({ payload: 2 });
  });
});

describe("a subscription of a client that resumes", () => {
  it("CHAN-14 hears nothing before its answer, when that was lost with both objects", async () => {
    const channel = someChannel();
    const user = someone("ann");
    const client = await openResuming(user, "device=d");
    const way = breakTheWay();
    const request = { channel, listen: ["broadcast", "presence"], ref: "r" };
    say(client, "subscribe", request);
    await until(() => way.failures > 0);
    await publish(channel, 1);
    await reset(channelObject(channel));
    await reset(objectOf(user));
    way.isBroken = false;
    passTime(LOOK_MS);
    await runChannelAlarm(channel);
    const back = await openResuming(user, `device=d&${proofOf(client, 0)}`);
    expect(back.welcome["resumed"]).toBe(true);
    say(back, "subscribe", request);
    expect(await hear(back)).toMatchObject({ type: "ack", ref: "r", offset: 1 });
    expect(await hear(back)).toMatchObject({ type: "presence_sync" });
    await publish(channel, 2);
    expect(await hear(back)).toMatchObject({ type: "broadcast", payload: 2 });
  });

  it("CHAN-14 goes on hearing what it heard before, while it waits for another answer", async () => {
    const channel = someChannel();
    const user = someone("ann");
    const client = await openResuming(user, "device=d");
    say(client, "subscribe", { channel, listen: ["broadcast"], ref: "1" });
    expect(await hear(client)).toMatchObject({ type: "ack", ref: "1" });
    const way = breakTheWay();
    await publish(channel, 1);
    await until(() => way.failures > 0);
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "2" });
    while (!(await isAskedFor(channel))) await new Promise((resolve) => setTimeout(resolve, 0));
    await publish(channel, 2);
    await reset(channelObject(channel));
    await reset(objectOf(user));
    way.isBroken = false;
    passTime(LOOK_MS);
    await runChannelAlarm(channel);
    const back = await openResuming(user, `device=d&${proofOf(client, 1)}`);
    for (const payload of [1, 2]) expect(await hear(back)).toMatchObject({ payload });
    expect(await back.settled()).toEqual([]);
  });
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
    const resuming = await openResuming(someone("ann"), "device=d");
    say(resuming, "subscribe", { channel, listen: ["broadcast"], ref: "r" });
    await hear(resuming, "ack");
    for (const client of [plain, resuming]) {
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
    const again = await openResuming(resuming.user, `device=d&${proofOf(resuming, 1)}`);
    expect(again.welcome["resumed"]).toBe(false);
  });
});
