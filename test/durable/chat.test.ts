import { evictAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { told } from "../support/channels.ts";
import { connect, connectAs, someone } from "../support/client.ts";
import { echoed, guest } from "../support/guests.ts";
import { reset, stored } from "../support/objects.ts";
import { openResuming } from "../support/resuming.ts";
import { withVariables } from "../support/variables.ts";
import { divert, Gate, hasEvents } from "../support/ways.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe.each([
  ["fresh", async () => {}],
  ["evicted between any two steps", () => evictAllDurableObjects()],
] as const)("chat, %s", (_, between) => {
  it("CHAT-1 a message reaches everybody in the room, the sender included, once and unchanged", async () => {
    const room = someone("room");
    const [ann, ben, tab] = [await guest("Ann"), await guest(" Bén "), await guest("Ann")];
    const clients = [ann, ben, tab];
    for (const client of clients) {
      client.send("change_room", { name: ` ${room} ` });
      await echoed(client, `here is ${client.user}`);
      await between();
    }
    for (const [index, client] of clients.entries()) {
      for (let later = index + 1; later < clients.length; later += 1)
        await client.next("new_message");
    }
    await between();
    const message = ' <b>"hi"</b> \u00e9\ud83d\ude00 ';
    ben.send("send_message", { message, from: "Ann" });
    for (const client of clients) {
      const got = await client.nextMessage("new_message");
      expect(got.payload).toEqual({
        ...{ message, from: "Bén", from_id: "guest:Bén", room },
        sent: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      });
      expect(Object.keys(got)).toEqual(["type", "payload"]);
    }
    await between();
    for (const client of clients) expect(await echoed(client, client.user)).toMatchObject({ room });
  });

  it("CHAT-2 a guest starts in room 0, and is in one room at a time", async () => {
    const room = someone("room");
    const [ann, ben] = [await guest(someone("Ann")), await guest(someone("Ben"))];
    expect(await echoed(ann, "one")).toMatchObject({ room: "0" });
    expect(await ben.next("new_message")).toMatchObject({ message: "one" });
    ann.send("change_room", { name: room });
    ann.send("send_message", { message: "two" });
    expect(await ann.next("new_message")).toMatchObject({ message: "two", room });
    await between();
    expect(await echoed(ben, "three")).toMatchObject({ message: "three", room: "0" });
    for (const name of ["", "  ", "x".repeat(65), "a\u0000b"]) ann.send("change_room", { name });
    expect(await echoed(ann, "four")).toMatchObject({ message: "four", room });
    ann.send("change_room", { name: "general" });
    expect(await echoed(ann, "five")).toMatchObject({ message: "five", room: "0" });
    expect(await ben.next("new_message")).toMatchObject({ message: "five" });
  });
});

describe("a guest", () => {
  it("CHAT-3 never gets anything but new_message, whatever it sends", async () => {
    const ann = await guest(someone("Ann"), "resume=1&device=d");
    const twin = await guest(ann.user, "resume=1&device=d");
    const frames = [
      ...["ping", "nonsense", "[]", "{}", "null", '{"type":"ping"}'],
      '{"type":"call.start","payload":{"callee_id":"x"},"ref":"r"}',
      '{"type":"call.check","payload":{"session_id":"x"},"ref":"r"}',
      '{"type":"subscribe","channel":"c","listen":["presence"],"ref":"r"}',
      '{"type":"send_message","payload":null}',
      '{"type":"send_message","payload":{"message":7}}',
      '{"type":"send_message","payload":{"message":" \\n "}}',
      '{"type":"send_message"}',
      JSON.stringify({ type: "send_message", payload: { message: "é".repeat(8_193) } }),
      '{"type":"change_room","payload":{"name":7}}',
      '{"type":"x","to":"y"}',
    ];
    for (const frame of frames) ann.raw(frame);
    const message = "é".repeat(8_192);
    ann.raw(JSON.stringify({ TYPE: "send_message", Payload: { MESSAGE: message, x: 1 } }));
    for (const client of [ann, twin]) {
      expect(await client.next("new_message")).toMatchObject({ message });
    }
    const caller = await connect(someone("caller"));
    caller.send("call.start", { callee_id: `guest:${ann.user}` });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
    expect(await echoed(ann, "still here")).toMatchObject({ message: "still here" });
    for (let n = 0; n < 300; n += 1) ann.raw("{}");
    ann.raw("x".repeat(1_048_577));
    expect(await ann.closed).toMatchObject({ code: 1009 });
  });

  it("CHAT-4 is another person than the user and than other guests of the name", async () => {
    const name = someone("zoe");
    const room = someone("room");
    const user = await connectAs(name, { sub: name, name: "Zoë Real" });
    const zoe = await guest(name);
    zoe.send("change_room", { name: room });
    await echoed(zoe, "hello");
    user.send("change_room", { name: room });
    user.send("send_message", { message: "hi" });
    for (const client of [user, zoe]) {
      expect(await client.next("new_message")).toMatchObject({ from: "Zoë Real", from_id: name });
    }
    zoe.send("send_message", { message: "and I" });
    for (const client of [user, zoe]) {
      expect(await client.next("new_message")).toMatchObject({
        from: name,
        from_id: `guest:${name}`,
      });
    }
  });
});

describe("users in the chat", () => {
  it("CHAT-5 are in no room until they enter one, and get errors", async () => {
    const ann = await connectAs(someone("ann"), { sub: someone("ann"), username: "ann01" });
    const zoe = await guest(someone("Zoe"));
    await echoed(zoe, "is anybody here?");
    expect(await ann.settled()).toEqual([]);
    const refused: [string, object, string, string][] = [
      ["change_room", { name: "" }, "invalid_message", "Invalid room name"],
      ["change_room", {}, "invalid_message", "Invalid room name"],
      ["change_room", { name: 1 }, "invalid_message", "Invalid payload"],
      ["send_message", { message: [] }, "invalid_message", "Invalid payload"],
      ["send_message", { message: "x".repeat(16_385) }, "message_too_large", "Message too large"],
    ];
    for (const [type, payload, code, message] of refused) {
      ann.send(type, { ...payload }, { ref: "r" });
      expect(await ann.nextMessage()).toEqual({
        ...{ type: "error", payload: { code, message, ref_type: type }, ref: "r" },
      });
    }
    ann.raw('{"type":"send_message"}');
    expect(await ann.next("error")).toMatchObject({ message: "Invalid payload" });
    expect(await echoed(ann, "I am")).toMatchObject({ from: "ann01", room: "0" });
    expect(await zoe.next("new_message")).toMatchObject({ message: "I am" });
  });
});

describe("CHAT_HISTORY", () => {
  it("CHAT-6 sends the last messages to whoever enters, oldest first, with their first time", async () => {
    withVariables({ CHAT_HISTORY: "2" });
    const room = someone("room");
    const ann = await guest(someone("Ann"));
    ann.send("change_room", { name: room });
    const said: unknown[] = [];
    while (said.length < 3) {
      ann.send("send_message", { message: `${said.length}` });
      const got = await ann.next("new_message");
      // Room 0 may have a history of its own.
      if (got["room"] === room) said.push(got);
    }
    const ben = await connect(someone("ben"));
    ben.send("change_room", { name: room });
    expect([await ben.next("new_message"), await ben.next("new_message")]).toEqual(said.slice(1));
    ben.send("change_room", { name: someone("elsewhere") });
    ben.send("change_room", { name: room });
    expect([await ben.next("new_message"), await ben.next("new_message")]).toEqual(said.slice(1));
    expect(await echoed(ben, "new")).toMatchObject({ message: "new" });
  });

  it("CHAT-6 lets go of whom it may not have sent all of them, when its object is reset", async () => {
    withVariables({ CHAT_HISTORY: "5" });
    const room = someone("room");
    const ann = await connect(someone("ann"));
    ann.send("change_room", { name: room });
    await echoed(ann, "old");
    const ben = await openResuming(someone("ben"), "device=d");
    const gate = new Gate();
    divert(async (delivery, object) => {
      const answers = await object.receive(delivery);
      if (hasEvents(delivery)) await gate.pass();
      return answers;
    });
    ben.send("change_room", { name: room });
    expect(await ben.next("new_message")).toMatchObject({ message: "old" });
    await reset(env.CHANNEL.getByName(`chat:${room}`));
    gate.open();
    expect(await ben.closed).toEqual({ code: 4004, reason: "behind" });
  });
});

describe("a room that was left", () => {
  it("CHAT-7 forgets its guests, and sends them nothing more", async () => {
    const room = someone("room");
    const ann = await guest(someone("Ann"));
    ann.send("change_room", { name: room });
    await echoed(ann, "one");
    ann.send("change_room", { name: someone("other") });
    await echoed(ann, "two");
    const user = `guest:${ann.user}`;
    await told(user);
    const seats = () => stored(user, (kv) => [...kv.list({ prefix: "seat:" })].length);
    expect(await seats()).toBe(1);
    await ann.lose();
    await told(user);
    expect(await seats()).toBe(0);
    expect(await stored(user, (kv) => [...kv.list({ prefix: "chat:" })])).toEqual([]);
  });
});
