import { describe, expect, it } from "vitest";
import { askSocket } from "../support/ask.ts";
import { established } from "../support/calls.ts";
import { Client, connect, someone } from "../support/client.ts";
import { openResuming } from "../support/resuming.ts";
import { admitted, newRoom } from "../support/rooms.ts";
import { signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const flat = (client: Client, type: string, more: object) =>
  client.raw(JSON.stringify({ type, ...more }));

/** Two users who share a room. */
async function friends() {
  const { room, owner } = await newRoom();
  const member = await admitted(room, owner);
  return { a: owner.client, b: member.client, room };
}

describe("direct messages", () => {
  it("DIR-1 arrive as sent, with the sender's true id", async () => {
    const { a, b } = await friends();
    const data = { type: "offer", sdp: "v=0", deep: [{ a: null }] };
    for (const type of ["offer", "answer", "ice", "bye", "Custom_type-1", "x".repeat(64)]) {
      flat(a, type, { to: b.user, data, from: "somebody", more: { x: 1 }, ref: "r" });
      expect(await b.nextMessage()).toEqual({
        type,
        to: b.user,
        data,
        from: a.user,
        more: { x: 1 },
      });
    }
    flat(b, "answer", { to: a.user });
    expect(await a.nextMessage()).toEqual({ type: "answer", to: a.user, from: b.user });
    expect(await a.settled()).toEqual([]);
  });

  it("DIR-2 reach every live socket of a user, and of the sender all others", async () => {
    const { a, b } = await friends();
    const tablet = await connect(b.user, "device=tablet");
    flat(a, "offer", { to: b.user, data: 1 });
    for (const client of [b, tablet]) expect(await client.nextMessage()).toMatchObject({ data: 1 });
    const other = await connect(a.user, "device=other");
    flat(a, "note", { to: a.user, data: 2 });
    expect(await other.nextMessage()).toMatchObject({ type: "note", from: a.user });
    expect(await a.settled()).toEqual([]);
  });

  it.each([
    ["error"],
    ["ack"],
    ["welcome"],
    ["ping"],
    ["pong"],
    ["new_message"],
    ["presence_sync"],
    ["call.ring"],
    ["room.joined"],
    ["x.y"],
    ["x".repeat(65)],
    ["a b"],
    ["é"],
    ["*"],
    ["__proto__."],
  ])("DIR-3 of a reserved or malformed type are not relayed: %s", async (type) => {
    const { a, b } = await friends();
    flat(a, type, { to: b.user });
    expect(await a.next("error")).toMatchObject({ message: "Unknown message type" });
    expect(await b.settled()).toEqual([]);
  });

  it("DIR-4 are refused in the order of the contract, and say to whom", async () => {
    const { a, b } = await friends();
    const big = "x".repeat(524_288);
    for (const to of [undefined, null, "", 5, {}]) {
      flat(a, "offer", { to, data: big, ref: "r" });
      expect(await a.nextMessage("error")).toEqual({
        type: "error",
        payload: { code: "invalid_message", message: "Missing to", ref_type: "offer" },
        ref: "r",
      });
    }
    flat(a, "bye", { to: 5 });
    expect(await a.next("error")).toMatchObject({ message: "Unknown message type" });
    const stranger = someone("stranger");
    flat(a, "bye", { to: stranger, data: big });
    const about = { ref_type: "bye", to: stranger };
    expect(await a.next("error")).toEqual({
      code: "message_too_large",
      message: "Message too large",
      ...about,
    });
    flat(a, "bye", { to: stranger, ref: "q" });
    expect(await a.nextMessage("error")).toEqual({
      type: "error",
      payload: { code: "unauthorized", message: "Not authorized", ...about },
      ref: "q",
    });
    await b.lose();
    flat(a, "ice", { to: b.user });
    expect(await a.next("error")).toEqual({
      code: "user_offline",
      message: "User is offline",
      ref_type: "ice",
      to: b.user,
    });
  });

  it("DIR-5 need a shared room or an accepted call", async () => {
    const { a, b, room } = await friends();
    b.send("room.leave", { room });
    await a.next("room.peer_left");
    flat(a, "offer", { to: b.user });
    expect(await a.next("error")).toMatchObject({ code: "unauthorized" });
    flat(b, "offer", { to: a.user });
    expect(await b.next("error")).toMatchObject({ code: "unauthorized" });
    const { caller, callee, session } = await established();
    flat(caller, "offer", { to: callee.user });
    expect(await callee.nextMessage()).toMatchObject({ type: "offer", from: caller.user });
    flat(callee, "answer", { to: caller.user });
    expect(await caller.nextMessage()).toMatchObject({ type: "answer", from: callee.user });
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    flat(caller, "ice", { to: callee.user });
    expect(await caller.next("error")).toMatchObject({ code: "unauthorized" });
  });

  it("DIR-6 keep their order, whatever the type", async () => {
    const { a, b } = await friends();
    const types = ["offer", "ice", "ice", "answer", "x", "ice"];
    for (let n = 0; n < 60; n += 1) flat(a, types[n % 6] ?? "", { to: b.user, data: n });
    for (let n = 0; n < 60; n += 1) {
      expect(await b.nextMessage(types[n % 6])).toMatchObject({ data: n });
    }
  });

  it("DIR-7 are not kept for who is away, also when its client resumes", async () => {
    const { room, owner } = await newRoom();
    const phone = await admitted(room, owner, [], "device=phone&resume=1");
    await phone.client.lose();
    flat(owner.client, "offer", { to: phone.client.user });
    expect(await owner.client.next("error")).toMatchObject({ code: "user_offline" });
    const back = await openResuming(phone.client.user, "device=phone");
    expect(await back.settled()).toEqual([]);
  });

  it("DIR-8 go to anybody when the deployer says so, and for a token with the same id", async () => {
    const [a, b] = [someone("a"), someone("b")];
    expect((await askSocket(`id=${a}&token=${await signToken({ sub: b })}`, {})).status).toBe(401);
    const { webSocket } = await askSocket(`id=${a}&token=${await signToken({ sub: a })}`, {});
    if (!webSocket) throw new Error("no socket");
    const client = new Client(a, webSocket);
    flat(client, "offer", { to: "guest:b" });
    expect(await client.next("error")).toMatchObject({ code: "unauthorized" });
  });
});
