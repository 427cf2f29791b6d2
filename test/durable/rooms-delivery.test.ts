import { describe, expect, it } from "vitest";
import { admitted, breakWayTo, knock, newRoom, runRoomAlarm, signal } from "../support/rooms.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** By then a room tries again. */
const RETRY_MS = 5_001;

/** A room that somebody has joined late, of which a member has not heard: its way is broken. */
async function joinedUnheard() {
  const { room, owner } = await newRoom();
  const member = await admitted(room, owner);
  const way = breakWayTo(member.id);
  const late = await admitted(room, owner);
  return { room, owner, member, way, late };
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
