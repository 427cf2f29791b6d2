import { describe, expect, it } from "vitest";
import { connect, someone } from "../support/client.ts";
import { runAlarm, vanish } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import { admitted, breakWayTo, lost, newRoom, runRoomAlarm, signal } from "../support/rooms.ts";
import { divert, divertToRooms, Gate, straight } from "../support/ways.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** By then a room tries again, and a lost device has left for good. */
const RETRY_MS = 5_001;
const GRACE_MS = 15_001;

/** Loses the next so many answers of rooms, after they have done what was asked. */
function loseAnswers(times: number): void {
  let left = times;
  divertToRooms(async (delivery, object) => {
    const answers = await object.receive(delivery);
    if (left === 0) return answers;
    left -= 1;
    throw lost();
  });
}

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
});

/** Somebody is let in who asked under the reference 1, and cannot hear of it until the way is mended. */
async function grantedUnheard() {
  const { room, owner } = await newRoom();
  const asker = await openResuming(someone("asker"), "device=d");
  asker.send("room.join", { room }, { ref: "1" });
  const { peer_id } = await owner.client.next("room.join_requested");
  const way = breakWayTo(peer_id);
  owner.client.send("room.accept", { room, peer_id });
  await owner.client.settled();
  return { room, asker, way };
}

describe("a request to join by a client that resumes", () => {
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
    const { room, asker, way } = await grantedUnheard();
    asker.send("room.join", { room }, { ref: "2" });
    expect(await asker.nextMessage("ack")).toMatchObject({ ref: "1" });
    way.isBroken = false;
    passTime(RETRY_MS);
    await runRoomAlarm(room);
    expect(await asker.nextMessage("room.joined")).not.toHaveProperty("ref");
    expect(await asker.nextMessage("room.joined")).toMatchObject({ ref: "2" });
    expect(await asker.settled()).toEqual([]);
  });

  it("ROOM-26 has no second answer when it failed and is made again", async () => {
    const { room, owner } = await newRoom();
    const asker = await openResuming(someone("asker"), "device=d");
    divertToRooms(() => Promise.reject(new Error("away")));
    asker.send("room.join", { room }, { ref: "1" });
    expect(await asker.nextMessage("error")).toMatchObject({ ref: "1" });
    divertToRooms(straight);
    asker.send("room.join", { room }, { ref: "2" });
    await owner.client.next("room.join_requested");
    expect(await asker.settled()).toEqual([]);
  });

  it("ROOM-26 has no second answer when it was granted as it was made again without a reference", async () => {
    const { room, asker, way } = await grantedUnheard();
    asker.send("room.join", { room });
    expect(await asker.nextMessage("ack")).toMatchObject({ ref: "1" });
    way.isBroken = false;
    passTime(RETRY_MS);
    await runRoomAlarm(room);
    expect(await asker.nextMessage("room.joined")).not.toHaveProperty("ref");
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
