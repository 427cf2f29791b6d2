import { describe, expect, it, vi } from "vitest";
import { Room } from "../../src/durable/room.ts";
import { connect, someone, type Client } from "../support/client.ts";
import { runAlarm, vanish } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { admitted, knock, newRoom, runRoomAlarm } from "../support/rooms.ts";
import { divert, Gate } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** By then a room tries again, and a lost device has left for good. */
const RETRY_MS = 5_001;
const GRACE_MS = 15_001;

/** As the platform tells of a connection that was lost. */
const lost = () => Object.assign(new Error("lost"), { retryable: true });

const signal = (from: Client, room: string, to: string, candidate: string) => {
  from.send("room.signal", { room, to, candidate: { candidate } }, { ref: candidate });
};

/** Breaks the way from rooms to one peer, until it is mended. */
function breakWayTo(peer: string) {
  const way = { isBroken: true, failures: 0 };
  divert((delivery, object) => {
    const isForPeer = delivery.messages.some(
      ({ kind, message }) => kind === "room.event" && message.peer === peer,
    );
    if (!way.isBroken || !isForPeer) return object.receive(delivery);
    way.failures += 1;
    return Promise.reject(lost());
  });
  return way;
}

/** A room that somebody has joined late, of which a member has not heard: its way is broken. */
async function joinedUnheard() {
  const { room, owner } = await newRoom();
  const member = await admitted(room, owner);
  const way = breakWayTo(member.id);
  const late = await admitted(room, owner);
  return { room, owner, member, way, late };
}

/** Loses the next so many answers of rooms, after they have done what was asked. */
function loseAnswers(times: number): void {
  const { receive } = Room.prototype;
  let left = times;
  vi.spyOn(Room.prototype, "receive").mockImplementation(async function (this: Room, delivery) {
    const answers = await receive.call(this, delivery);
    if (left === 0) return answers;
    left -= 1;
    throw lost();
  });
}

describe("a member that is out of reach for a while", () => {
  it("ROOM-25 hears of a new member before it hears from it", async () => {
    const { room, member, way, late } = await joinedUnheard();
    expect(way.failures).toBeGreaterThan(0);
    signal(late.client, room, member.id, "1");
    expect(await late.client.nextMessage("error")).toMatchObject({
      ...{ ref: "1", payload: { code: "internal_error" } },
    });
    way.isBroken = false;
    signal(late.client, room, member.id, "2");
    expect(await member.client.next("room.peer_joined")).toMatchObject({ peer_id: late.id });
    expect(await member.client.next("room.signal")).toMatchObject({ peer_id: late.id });
    expect(await member.client.settled()).toEqual([]);
  });

  it("ROOM-25 hears nothing of its former stay when it has left and asks again", async () => {
    const { room, owner, member, way } = await joinedUnheard();
    member.client.send("room.leave", { room });
    await owner.client.next("room.peer_left");
    await knock(member.client, room, owner.client);
    way.isBroken = false;
    passTime(RETRY_MS);
    await runRoomAlarm(room);
    expect(await member.client.settled()).toEqual([]);
    owner.client.send("room.accept", { room, peer_id: member.id });
    expect(await member.client.next("room.joined")).toMatchObject({ peer_id: member.id });
  });
});

describe("a request whose answers are lost on the way", () => {
  it("ROOM-26 has one answer", async () => {
    const client = await connect(someone("owner"));
    loseAnswers(3);
    client.send("room.create", { room: someone("room") }, { ref: "r" });
    expect(await client.nextMessage("room.created")).toMatchObject({ ref: "r" });
    expect(await client.settled()).toEqual([]);
  });

  it("ROOM-26 is passed on once, when it is a signal", async () => {
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner);
    loseAnswers(2);
    signal(member.client, room, owner.id, "1");
    expect(await member.client.settled()).toEqual([]);
    expect(await owner.client.next("room.signal")).toMatchObject({ peer_id: member.id });
    expect(await owner.client.settled()).toEqual([]);
  });

  it("ROOM-26 has an answer also when another one like it is answered at the same time", async () => {
    const client = await connect(someone("asker"));
    const room = someone("nowhere");
    const gate = new Gate();
    divert(async (delivery, object) => {
      if (delivery.messages.some(({ kind }) => kind === "room.event")) await gate.pass();
      return object.receive(delivery);
    });
    for (const ref of ["1", "2"]) client.send("room.join", { room }, { ref });
    await client.settled();
    gate.open();
    for (const ref of ["1", "2"]) {
      expect(await client.nextMessage("room.join_rejected")).toMatchObject({ ref });
    }
  });

  it("ROOM-26 is acknowledged to a client that resumes when it is made again or taken back", async () => {
    const { room } = await newRoom();
    const asker = await openResuming(someone("asker"), "device=d");
    for (const ref of ["1", "2"]) asker.send("room.join", { room }, { ref });
    asker.send("room.withdraw", { room }, { ref: "3" });
    for (const ref of ["1", "2", "3"]) {
      expect(await asker.nextMessage("ack")).toMatchObject({ ref });
    }
  });

  it("ROOM-26 has no second answer when it was granted as it was made again", async () => {
    const { room, owner } = await newRoom();
    const asker = await openResuming(someone("asker"), "device=d");
    asker.send("room.join", { room }, { ref: "1" });
    const { peer_id } = await owner.client.next("room.join_requested");
    const way = breakWayTo(String(peer_id));
    owner.client.send("room.accept", { room, peer_id });
    await owner.client.settled();
    asker.send("room.join", { room }, { ref: "2" });
    expect(await asker.nextMessage("ack")).toMatchObject({ ref: "1" });
    way.isBroken = false;
    passTime(RETRY_MS);
    await runRoomAlarm(room);
    expect(await asker.nextMessage("room.joined")).not.toHaveProperty("ref");
    expect(await asker.nextMessage("room.joined")).toMatchObject({ ref: "2" });
    expect(await asker.settled()).toEqual([]);
  });

  it.each([
    ["", false],
    [", also when its object was reset meanwhile", true],
  ])("ROOM-26 is asked anew by a device that has become another peer%s", async (_, isForgotten) => {
    const { room, owner } = await newRoom();
    const user = someone("asker");
    const asker = await openResuming(user, "device=d");
    asker.send("room.join", { room }, { ref: "r" });
    const { peer_id: former } = await owner.client.next("room.join_requested");
    await asker.lose();
    passTime(GRACE_MS);
    await runAlarm(user);
    if (isForgotten) await vanish(user);
    const back = await openResuming(user, `device=d&${proofOf(asker, 0)}`);
    expect(back.welcome["resumed"]).toBe(true);
    back.send("room.join", { room }, { ref: "r" });
    const { peer_id: id } = await owner.client.next("room.join_requested");
    expect(id).not.toBe(former);
    owner.client.send("room.accept", { room, peer_id: id });
    expect(await back.next("room.joined")).toMatchObject({ peer_id: id });
  });
});
