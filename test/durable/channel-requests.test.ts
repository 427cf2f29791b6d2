import { describe, expect, it } from "vitest";
import {
  asked,
  hear,
  lineOf,
  listener,
  post,
  publish,
  say,
  someChannel,
  stranger,
} from "../support/channels.ts";
import { connectAs, someone } from "../support/client.ts";
import { withVariables } from "../support/variables.ts";
import { divert, Gate } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const text = expect.any(String) as unknown;

describe("requests on channels", () => {
  it("CHAN-4 are silent without a reference, and acknowledged with one", async () => {
    const channel = someChannel();
    const client = await stranger("ann");
    for (const type of ["presence_join", "presence_update", "presence_leave", "broadcast"]) {
      say(client, type, { channel });
      expect(await asked(client, type, { channel })).toEqual({
        ...{ type: "ack", ref: "asked", ref_type: type, channel },
      });
    }
    const subscribed = await asked(client, "subscribe", { channel, listen: ["broadcast"] });
    expect(subscribed).toEqual({
      ...{ type: "ack", ref: "asked", ref_type: "subscribe", channel, epoch: text, offset: 2 },
    });
    expect(Object.keys(subscribed).slice(0, 4).join(" ")).toBe("type ref ref_type channel");
    say(client, "subscribe", { channel, listen: ["broadcast"] });
    expect(await asked(client, "unsubscribe", { channel })).toEqual({
      ...{ type: "ack", ref: "asked", ref_type: "unsubscribe", channel },
    });
  });

  it.each([
    ["no channel", "broadcast", {}, "Missing channel"],
    ["an empty channel", "subscribe", { channel: "" }, "Missing channel"],
    ["a null channel", "presence_join", { channel: null }, "Missing channel"],
    ["a long name", "broadcast", { channel: "x".repeat(257) }, "Invalid channel"],
    ["a control character", "unsubscribe", { channel: "a\u0007b" }, "Invalid channel"],
    ["half a surrogate pair", "subscribe", { channel: "a\ud800b" }, "Invalid channel"],
    ["a number for a name", "broadcast", { channel: 7 }, "Invalid payload"],
    ["a word for a list", "subscribe", { channel: "c", listen: "broadcast" }, "Invalid payload"],
    ["numbers to listen to", "subscribe", { channel: "c", listen: [1] }, "Invalid payload"],
    ["a crooked since", "subscribe", { channel: "c", since: { epoch: 1 } }, "Invalid payload"],
    ["a long event", "broadcast", { channel: "c", event: "x".repeat(257) }, "Invalid payload"],
    ["text as presence", "presence_join", { channel: "c", payload: "x" }, "Invalid payload"],
    ["a list as presence", "presence_update", { channel: "c", payload: [] }, "Invalid payload"],
  ])("CHAN-5 are refused for %s", async (_, type, fields, message) => {
    const client = await stranger("ann");
    say(client, type, { ...fields, ref: "r" });
    const { channel } = fields as { channel?: unknown };
    expect(await hear(client)).toEqual({
      type: "error",
      payload: {
        ...{ code: "invalid_message", message, ref_type: type },
        ...(typeof channel === "string" && channel !== "" ? { channel } : {}),
      },
      ref: "r",
    });
  });

  it("CHAN-5 are refused for a number as presence, however many digits it has", async () => {
    const client = await stranger("ann");
    for (const number of ["7", "12345678901234567890"]) {
      client.raw(`{"type":"presence_join","channel":"c","payload":${number}}`);
      expect(await hear(client)).toMatchObject({ payload: { message: "Invalid payload" } });
    }
  });

  it("CHAN-5 may have 64 KiB and names of 256 characters", async () => {
    const channel = "y".repeat(256);
    const client = await listener(channel);
    const frame = (length: number) => {
      const head = `{"type":"broadcast","channel":"${channel}","payload":"`;
      return `${head}${"x".repeat(length - head.length - 2)}"}`;
    };
    client.raw(frame(65_536));
    await hear(client, "broadcast");
    client.raw(frame(65_537));
    expect(await hear(client)).toMatchObject({
      payload: { code: "message_too_large", message: "Message too large", channel },
    });
  });

  it("CHAN-7 of one connection reach up to MAX_CHANNELS_PER_SOCKET channels", async () => {
    withVariables({ MAX_CHANNELS_PER_SOCKET: "2" });
    const client = await stranger("ann");
    const [a, b, c] = [someChannel(), someChannel(), someChannel()];
    await asked(client, "subscribe", { channel: a, listen: ["broadcast"] });
    await asked(client, "presence_join", { channel: b });
    for (const type of ["subscribe", "presence_join"]) {
      say(client, type, { channel: c, listen: ["broadcast"] });
      expect(await client.next("error")).toMatchObject({
        ...{ code: "limit_exceeded", message: "Too many channels", ref_type: type, channel: c },
      });
    }
    await asked(client, "subscribe", { channel: c });
    await asked(client, "broadcast", { channel: c });
    await asked(client, "presence_join", { channel: a });
    await asked(client, "presence_leave", { channel: b });
    await asked(client, "subscribe", { channel: c, listen: ["broadcast"] });
  });

  it("CHAN-8 do what the token grants: the first match decides, `*` at the end stands for anything", async () => {
    const user = someone("user");
    const channels = [
      { match: "news", rights: ["subscribe"] },
      { match: "room:*", rights: ["subscribe", "publish", "presence", "history", "more"] },
      { match: "room:2", rights: [] },
      "nonsense",
    ];
    const client = await connectAs(user, { sub: user, channels });
    const denied = { code: "unauthorized", message: "Not authorized" };
    const listen = ["broadcast"];
    for (const channel of ["room:1", "room:2", "room:"]) {
      await asked(client, "subscribe", { channel, listen, since: { epoch: "e", offset: 0 } });
      await asked(client, "unsubscribe", { channel });
      await asked(client, "broadcast", { channel });
      await asked(client, "presence_join", { channel });
    }
    await asked(client, "subscribe", { channel: "news", listen });
    const since = { epoch: "e", offset: 0 };
    const refused: [string, object][] = [
      ["broadcast", { channel: "news" }],
      ["presence_join", { channel: "news" }],
      ["subscribe", { channel: "news", listen: ["presence"] }],
      ["subscribe", { channel: "news", listen, since }],
      ["subscribe", { channel: "newsroom", listen }],
      ["broadcast", { channel: "room" }],
    ];
    for (const [type, fields] of refused) {
      say(client, type, fields);
      expect(await client.next("error")).toMatchObject({ ...denied, ref_type: type });
    }
    await asked(client, "presence_leave", { channel: "news" });
    const closed = await connectAs(user, { sub: user, channels: "all" });
    say(closed, "broadcast", { channel: "room:1" });
    expect(await closed.next("error")).toMatchObject(denied);
  });

  it("CHAN-8 without the claim do what CHANNEL_DEFAULT_RIGHTS says", async () => {
    withVariables({ CHANNEL_DEFAULT_RIGHTS: "publish" });
    const client = await stranger("ann");
    const channel = someChannel();
    await asked(client, "broadcast", { channel });
    say(client, "subscribe", { channel, listen: ["broadcast"] });
    expect(await client.next("error")).toMatchObject({ code: "unauthorized", channel });
  });

  it("CHAN-9 in a burst cost one delivery per listening user", async () => {
    const channel = someChannel();
    const one = await listener(channel);
    const two = await listener(channel);
    const events = Array.from({ length: 60 }, (_, payload) => ({ channel, payload }));
    const carried: number[] = [];
    divert((delivery, object) => {
      const [letter] = delivery.messages;
      if (letter?.kind === "place.events") carried.push(letter.message.items.length);
      return object.receive(delivery);
    });
    await post("/api/events", { events });
    for (const client of [one, two]) {
      for (let n = 0; n < 60; n += 1) {
        expect(await hear(client, "broadcast")).toMatchObject({ payload: n });
      }
    }
    expect(carried).toEqual([60, 60]);
  });

  it("CHAN-10 are delivered to others while one subscriber's object is slow or fails", async () => {
    const channel = someChannel();
    const slow = await listener(channel);
    const quick = await listener(channel);
    const gate = new Gate();
    divert(async (delivery, object) => {
      const isSlow = delivery.messages.some(
        ({ kind, message }) =>
          kind === "place.events" && message.items.some(({ to }) => to.includes(slowLine)),
      );
      if (isSlow) await gate.pass();
      return object.receive(delivery);
    });
    const slowLine = await lineOf(slow.user);
    for (const n of [1, 2, 3]) await publish(channel, n);
    for (const n of [1, 2, 3]) expect(await hear(quick)).toMatchObject({ payload: n });
    gate.open();
    for (const n of [1, 2, 3]) expect(await hear(slow)).toMatchObject({ payload: n });
  });
});
