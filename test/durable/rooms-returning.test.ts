import {
  evictAllDurableObjects,
  evictDurableObject,
  abortAllDurableObjects,
} from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { connect, someone, type Client } from "../support/client.ts";
import { alarmOf, objectOf, runAlarm, stored, vanish } from "../support/objects.ts";
import { openResuming, proofOf } from "../support/resuming.ts";
import {
  admitted,
  knock,
  newRoom,
  roomObject,
  runRoomAlarm,
  type Member,
} from "../support/rooms.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const GRACE_MS = 15_000;

const signal = (from: Client, to: string, n: number) =>
  from.send("room.signal", { to, candidate: { candidate: String(n) } });

const numberOf = (payload: Record<string, unknown>) =>
  (payload["candidate"] as { candidate: string }).candidate;

describe("a member that loses its socket", () => {
  it("ROOM-14 keeps its place and its id within the grace; what is said waits, in order", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner, [], "device=phone");
    await member.client.lose();
    signal(owner.client, member.id, 1);
    const asker = await connect(someone("asker"));
    const id = await knock(asker, room, owner.client);
    owner.client.send("room.accept", { room, peer_id: id });
    await owner.client.next("room.peer_joined");
    await asker.next("room.joined");
    signal(asker, member.id, 2);
    expect(await asker.settled()).toEqual([]);
    passTime(GRACE_MS - 1_000);
    const back = await connect(member.client.user, "device=phone");
    expect(numberOf(await back.next("room.signal"))).toBe("1");
    expect(await back.next("room.peer_joined")).toMatchObject({ peer_id: id });
    expect(numberOf(await back.next("room.signal"))).toBe("2");
    passTime(GRACE_MS);
    await runAlarm(member.client.user);
    signal(back, owner.id, 3);
    expect(await owner.client.next("room.signal")).toMatchObject({ peer_id: member.id });
    expect(await owner.client.settled()).toEqual([]);
  });

  it("ROOM-14 keeps it as the next unlabelled socket, too", async () => {
    const { room, owner } = await newRoom("");
    const member = await admitted(room, owner);
    await member.client.lose();
    signal(owner.client, member.id, 1);
    expect(await owner.client.settled()).toEqual([]);
    const back = await connect(member.client.user);
    await back.next("room.signal");
    back.send("room.join", { room });
    expect(await back.next("room.joined")).toMatchObject({ peer_id: member.id });
  });

  it("ROOM-15 leaves when it stays away, and is somebody else when it comes later", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner, [], "device=phone");
    await member.client.lose();
    passTime(GRACE_MS + 1_000);
    await runAlarm(member.client.user);
    expect(await owner.client.next("room.peer_left")).toEqual({
      room,
      peer_id: member.id,
      reason: "disconnected",
      owner_id: owner.id,
    });
    const back = await connect(member.client.user, "device=phone");
    expect(await knock(back, room, owner.client)).not.toBe(member.id);
  });

  it("ROOM-15 hears that it has left when it resumes later", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const { client, id } = await admitted(room, owner, [], "device=phone&resume=1");
    await client.lose();
    passTime(GRACE_MS + 1_000);
    await runAlarm(client.user);
    const back = await openResuming(client.user, `device=phone&${proofOf(client, 1)}`);
    expect(back.welcome["resumed"]).toBe(true);
    expect(await back.next("room.peer_left")).toEqual({
      room,
      peer_id: id,
      reason: "disconnected",
      owner_id: owner.id,
    });
  });

  it("ROOM-16 waits are bounded: 256, then the sender is told", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner, [], "device=phone");
    await member.client.lose();
    for (let n = 0; n < 190; n += 1) signal(owner.client, member.id, n);
    expect(await owner.client.settled()).toEqual([]);
    passTime(3_000);
    for (let n = 190; n < 257; n += 1) signal(owner.client, member.id, n);
    expect(await owner.client.next("error")).toMatchObject({
      code: "internal_error",
      message: "Failed to forward signal",
    });
    const back = await connect(member.client.user, "device=phone");
    for (let n = 0; n < 256; n += 1)
      expect(numberOf(await back.next("room.signal"))).toBe(String(n));
  });

  it("ROOM-17 that resumes gets exactly what it missed", async () => {
    const { room, owner } = await newRoom();
    const client = await openResuming(someone("member"), "device=phone");
    const id = await knock(client, room, owner.client);
    owner.client.send("room.accept", { room, peer_id: id });
    await owner.client.next("room.peer_joined");
    await client.next("room.joined");
    await client.lose();
    for (let n = 0; n < 3; n += 1) signal(owner.client, id, n);
    expect(await owner.client.settled()).toEqual([]);
    await evictAllDurableObjects();
    const back = await openResuming(client.user, `device=phone&${proofOf(client, 1)}`);
    for (let n = 0; n < 3; n += 1) expect(numberOf(await back.next("room.signal"))).toBe(String(n));
    expect(await back.settled()).toEqual([]);
  });
});

describe("a member whose page was reloaded", () => {
  it("ROOM-17 gets what waited for it, also without proof of where it stood", async () => {
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner, [], "device=phone&resume=1");
    await member.client.lose();
    for (let n = 0; n < 3; n += 1) signal(owner.client, member.id, n);
    expect(await owner.client.settled()).toEqual([]);
    const back = await openResuming(member.client.user, "device=phone");
    for (let n = 0; n < 3; n += 1) expect(numberOf(await back.next("room.signal"))).toBe(String(n));
    back.send("room.join", { room });
    expect(await back.next("room.joined")).toMatchObject({ peer_id: member.id });
  });
});

describe("an owner that is gone", () => {
  it("ROOM-18 for a moment finds who asked meanwhile on its return", async () => {
    passTime(0);
    const { room, owner } = await newRoom("device=laptop");
    await owner.client.lose();
    const asker = await connect(someone("asker"));
    asker.send("room.join", { room });
    expect(await asker.settled()).toEqual([]);
    const back = await connect(owner.client.user, "device=laptop");
    const { peer_id } = await back.next("room.join_requested");
    back.send("room.accept", { room, peer_id });
    expect(await asker.next("room.joined")).toMatchObject({ owner_id: owner.id });
  });

  it("ROOM-19 for good is succeeded by a co-host, else by who came first; requests come again", async () => {
    const { room, owner } = await newRoom();
    const a = await admitted(room, owner);
    const b = await admitted(room, owner, [a]);
    const asker = await connect(someone("asker"));
    const askerId = await knock(asker, room, owner.client);
    owner.client.send("room.cohost", { room, peer_id: b.id, on: true });
    expect(await b.client.next("room.join_requested")).toMatchObject({ peer_id: askerId });
    owner.client.send("room.leave", { room });
    for (const { client } of [a, b]) {
      expect(await client.next("room.peer_left")).toMatchObject({
        peer_id: owner.id,
        owner_id: b.id,
      });
    }
    expect(await b.client.next("room.join_requested")).toMatchObject({ peer_id: askerId });
    b.client.send("room.leave", { room });
    expect(await a.client.next("room.peer_left")).toMatchObject({ peer_id: b.id, owner_id: a.id });
    expect(await a.client.next("room.join_requested")).toMatchObject({ peer_id: askerId });
    a.client.send("room.leave", { room });
    expect(await asker.next("room.join_rejected")).toEqual({ room, message: "Room is not found." });
  });

  it("ROOM-20 leaves nothing behind with the last member", async () => {
    const { room, owner } = await newRoom();
    owner.client.send("room.leave", { room });
    expect(await owner.client.settled()).toEqual([]);
    await runRoomAlarm(room);
    const { runInDurableObject } = await import("cloudflare:test");
    const left = await runInDurableObject(roomObject(room), async (_, state) => [
      [...state.storage.kv.list()].length,
      await state.storage.getAlarm(),
    ]);
    expect(left).toEqual([0, null]);
    const rows = await stored(owner.client.user, (kv) => [...kv.list({ prefix: "rooms:in:" })]);
    expect(rows).toEqual([]);
  });

  it("ROOM-21 with its object, as in a deployment, is missed within a minute", async () => {
    passTime(0);
    const { room, owner } = await newRoom("device=laptop");
    const member = await admitted(room, owner);
    await vanish(owner.client.user);
    expect(await alarmOf(owner.client.user)).not.toBeNull();
    passTime(GRACE_MS + 61_000);
    await runAlarm(owner.client.user);
    expect(await member.client.next("room.peer_left")).toMatchObject({
      peer_id: owner.id,
      owner_id: member.id,
    });
  });
});

/** A room's story in steps, of which each needs what the objects remember of the ones before. */
class Story {
  room = "";
  owner!: Member;
  a!: Member;
  asker!: Client;
  askerId = "";

  readonly steps: readonly (() => Promise<unknown>)[] = [
    async () => void ({ room: this.room, owner: this.owner } = await newRoom("device=o")),
    async () => void (this.a = await admitted(this.room, this.owner)),
    async () => void (this.asker = await connect(someone("asker"))),
    async () => void (this.askerId = await knock(this.asker, this.room, this.owner.client)),
    async () => {
      signal(this.a.client, this.owner.id, 1);
      await this.owner.client.next("room.signal");
    },
    async () => {
      this.owner.client.send("room.accept", { room: this.room, peer_id: this.askerId });
      for (const { client } of [this.owner, this.a]) await client.next("room.peer_joined");
      expect(await this.asker.next("room.joined")).toMatchObject({
        peers: [this.owner.id, this.a.id],
      });
    },
    async () => {
      signal(this.asker, this.a.id, 2);
      expect(await this.a.client.next("room.signal")).toMatchObject({ peer_id: this.askerId });
    },
    async () => {
      await this.owner.client.lose();
      signal(this.a.client, this.owner.id, 3);
      expect(await this.a.client.settled()).toEqual([]);
    },
    async () => {
      const client = await connect(this.owner.client.user, "device=o");
      this.owner = { ...this.owner, client };
      expect(numberOf(await client.next("room.signal"))).toBe("3");
    },
    async () => {
      this.owner.client.send("room.kick", { room: this.room, peer_id: this.askerId });
      for (const client of [this.owner.client, this.a.client, this.asker]) {
        expect(await client.next("room.peer_left")).toMatchObject({ reason: "kicked" });
      }
    },
    async () => {
      this.owner.client.send("room.leave", { room: this.room });
      expect(await this.a.client.next("room.peer_left")).toMatchObject({ owner_id: this.a.id });
    },
  ];
}

describe("objects of rooms", () => {
  it.each(new Story().steps.map((_, index) => index))(
    "ROOM-22 go on when evicted after step %i",
    async (evicted) => {
      const { steps } = new Story();
      for (const [index, step] of steps.entries()) {
        await step();
        if (index === evicted) await evictAllDurableObjects();
      }
      expect(steps.length).toBeGreaterThan(evicted);
    },
  );

  it("ROOM-22 go on when evicted after every step", async () => {
    const { steps, ...story } = new Story();
    for (const step of steps) {
      await step();
      await evictAllDurableObjects();
    }
    expect(story).toBeDefined();
  });

  it("ROOM-23 tell what they owe after a reset in the middle of it", async () => {
    const { room, owner } = await newRoom("device=o");
    const asker = await connect(someone("asker"), "device=a");
    const id = await knock(asker, room, owner.client);
    // The room's object is cut off from its peers, and is reset before it could tell them.
    await evictDurableObject(objectOf(asker.user), { webSockets: "close" });
    owner.client.send("room.accept", { room, peer_id: id });
    await owner.client.next("room.peer_joined");
    await abortAllDurableObjects();
    await runRoomAlarm(room);
    const back = await connect(asker.user, "device=a");
    back.send("room.join", { room });
    expect(await back.next("room.joined")).toMatchObject({ room, peer_id: id });
  });
});
