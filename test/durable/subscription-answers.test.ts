import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/durable/peers.ts";
import type { PlaceMessage } from "../../src/features/place.ts";
import {
  channelObject,
  hear,
  inChannel,
  lineOf,
  listener,
  lookAgain,
  publish,
  say,
  someChannel,
} from "../support/channels.ts";
import { someone } from "../support/client.ts";
import { objectOf, reset, stored } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { until } from "../support/until.ts";
import { breakWay, divert, divertToChannels, Gate, hasEvents } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Whether a channel has been asked for its presence. */
function isAskedFor(channel: string): Promise<boolean> {
  const query = "SELECT 1 FROM seats WHERE presence = 1";
  return inChannel(channel, ({ sql }) => sql.exec(query).toArray().length > 0);
}

describe("a subscription of a client that resumes", () => {
  it("CHAN-14 hears nothing before its answer, when that was lost with both objects", async () => {
    const channel = someChannel();
    const user = someone("ann");
    const client = await openResuming(user, "device=d");
    const way = breakWay(hasEvents);
    const request = { channel, listen: ["broadcast", "presence"], ref: "r" };
    say(client, "subscribe", request);
    await until(() => way.failures > 0);
    await publish(channel, 1);
    await reset(channelObject(channel));
    await reset(objectOf(user));
    way.isBroken = false;
    await lookAgain(channel);
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
    const way = breakWay(hasEvents);
    await publish(channel, 1);
    await until(() => way.failures > 0);
    say(client, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "2" });
    await until(() => isAskedFor(channel));
    await publish(channel, 2);
    await reset(channelObject(channel));
    await reset(objectOf(user));
    way.isBroken = false;
    await lookAgain(channel);
    const back = await openResuming(user, `device=d&${proofOf(client, 1)}`);
    for (const payload of [1, 2]) expect(await hear(back)).toMatchObject({ payload });
    expect(await back.settled()).toEqual([]);
  });

  it("CHAN-14 hears nothing from before its answer after it, though both objects are reset", async () => {
    const channel = someChannel();
    // Never reached: after a reset the channel sends its events again.
    await listener(channel);
    const user = someone("ann");
    const client = await openResuming(user, "device=d");
    const line = await lineOf(user);
    const way = { isBroken: true, isHeld: false, failures: 0, passed: 0 };
    divert(async (delivery, object) => {
      if (!hasEvents(delivery)) return object.receive(delivery);
      if (way.isBroken || !hasEvents(delivery, line)) {
        way.failures += 1;
        throw new Error("away");
      }
      const answers = await object.receive(delivery);
      way.passed += 1;
      await until(() => !way.isHeld);
      return answers;
    });
    const request = { channel, listen: ["broadcast"], ref: "r" };
    say(client, "subscribe", request);
    await until(() => way.failures > 0);
    await publish(channel, 1);
    await reset(objectOf(user));
    way.isBroken = false;
    await lookAgain(channel);
    await until(() => way.passed === 1);
    const back = await openResuming(user, `device=d&${proofOf(client, 0)}`);
    way.isHeld = true;
    say(back, "subscribe", request);
    expect(await hear(back)).toMatchObject({ type: "ack", ref: "r", offset: 1 });
    await reset(channelObject(channel));
    await reset(objectOf(user));
    way.isHeld = false;
    await lookAgain(channel);
    await until(() => way.passed >= 3);
    const again = await openResuming(user, `device=d&${proofOf(client, 1)}`);
    expect(await again.settled()).toEqual([]);
  });
});

/** Counts the deliveries of events. `gate`: where they wait. */
function watchEvents(gate?: Gate) {
  const way = { reached: 0, passed: 0 };
  divert(async (delivery, object) => {
    if (!hasEvents(delivery)) return object.receive(delivery);
    way.reached += 1;
    await gate?.pass();
    const answers = await object.receive(delivery);
    way.passed += 1;
    return answers;
  });
  return way;
}

/** What a user's object has written down of its places. */
function seatsOf(user: string): Promise<string> {
  return stored(user, (kv) => JSON.stringify([...kv.list({ prefix: "seat:" })]));
}

/** Somebody who has come back and subscribed once more while the first answer waits at the gate. */
async function asksTwice(channel: string) {
  const gate = new Gate();
  const way = watchEvents(gate);
  const user = someone("ann");
  const client = await openResuming(user, "device=d");
  say(client, "subscribe", { channel, listen: ["broadcast"], ref: "1" });
  await until(() => way.reached > 0);
  const before = await seatsOf(user);
  const back = await openResuming(user, `device=d&${proofOf(client, 0)}`);
  say(back, "subscribe", { channel, listen: ["broadcast", "presence"], ref: "2" });
  await until(async () => (await seatsOf(user)) !== before);
  return { back, way, gate };
}

/** Whether a delivery has a subscription of that reference. */
function asksBy({ messages }: Delivery<PlaceMessage>, ref: string): boolean {
  return messages.some(({ kind, message }) => kind === "place.listen" && message.ref === ref);
}

describe("a client that resumes and subscribes again before it has its answer", () => {
  it("CHAN-14 hears what comes between its two answers", async () => {
    const channel = someChannel();
    const wayBack = new Gate();
    divertToChannels(async (delivery, object) => {
      const answers = await object.receive(delivery);
      await wayBack.pass();
      return answers;
    });
    const { back, way, gate } = await asksTwice(channel);
    await publish(channel, "between");
    gate.open();
    await until(() => way.passed === 2);
    wayBack.open();
    expect(await back.settled()).toMatchObject([
      { type: "ack", ref: "1", offset: 0 },
      { type: "broadcast", payload: "between" },
      { type: "ack", ref: "2", offset: 1 },
      { type: "presence_sync" },
    ]);
  });

  it("CHAN-14 goes on hearing by the answer it has, when the second one fails", async () => {
    const channel = someChannel();
    divertToChannels(async (delivery, object) => {
      if (!asksBy(delivery, "2")) await object.receive(delivery);
      throw new Error("away");
    });
    const { back, way, gate } = await asksTwice(channel);
    gate.open();
    expect(await hear(back)).toMatchObject({ type: "ack", ref: "1" });
    expect(await hear(back)).toMatchObject({ type: "error", ref: "2" });
    await publish(channel, 1);
    await until(() => way.passed === 2);
    expect(await back.settled()).toMatchObject([{ payload: 1 }]);
  });
});

describe("a client that resumes and subscribes without a reference, after it failed with one", () => {
  it.each([
    ["while the channel has yet to agree", (gate: Gate) => gate.pass()],
    ["when the channel's word is lost", () => Promise.reject(new Error("away"))],
  ])("CHAN-14 hears all that comes, %s", async (_, happens) => {
    const channel = someChannel();
    const way = watchEvents();
    const wayBack = new Gate();
    divertToChannels(async (delivery, object) => {
      if (asksBy(delivery, "1")) throw new Error("away");
      const answers = await object.receive(delivery);
      await happens(wayBack);
      return answers;
    });
    const client = await openResuming(someone("ann"), "device=d");
    const request = { channel, listen: ["broadcast", "presence"] };
    say(client, "subscribe", { ...request, ref: "1" });
    expect(await hear(client)).toMatchObject({ type: "error", ref: "1" });
    say(client, "subscribe", request);
    expect(await hear(client)).toMatchObject({ type: "presence_sync" });
    await publish(channel, 1);
    await until(() => way.passed === 2);
    wayBack.open();
    expect(await client.settled()).toMatchObject([{ payload: 1 }]);
  });

  it("CHAN-14 takes no answer from before a reset for that of the request made again", async () => {
    const channel = someChannel();
    const user = someone("ann");
    const client = await openResuming(user, "device=d");
    const way: { is: "broken" | "one way" | "mended"; attempts: number } = {
      is: "broken",
      attempts: 0,
    };
    divert(async (delivery, object) => {
      if (!hasEvents(delivery)) return object.receive(delivery);
      const answers = way.is === "broken" ? [] : await object.receive(delivery);
      way.attempts += 1;
      if (way.is !== "mended") throw new Error("lost");
      return answers;
    });
    const request = { channel, listen: ["broadcast"], ref: "r" };
    say(client, "subscribe", request);
    await until(() => way.attempts === 1);
    await publish(channel, 1);
    await reset(objectOf(user));
    // The object takes the former answer for none of its own, and the channel does not hear so.
    way.is = "one way";
    await lookAgain(channel);
    await until(() => way.attempts === 2);
    const back = await openResuming(user, `device=d&${proofOf(client, 0)}`);
    const before = await seatsOf(user);
    say(back, "subscribe", request);
    await until(async () => (await seatsOf(user)) !== before);
    way.is = "mended";
    await lookAgain(channel);
    expect(await hear(back)).toMatchObject({ type: "ack", ref: "r", offset: 1 });
    await publish(channel, 2);
    expect(await hear(back)).toMatchObject({ type: "broadcast", payload: 2 });
  });
});
