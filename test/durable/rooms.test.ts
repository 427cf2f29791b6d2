import { describe, expect, it } from "vitest";
import { connect, connectAs, someone } from "../support/client.ts";
import { admitted, knock, newRoom } from "../support/rooms.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("a room", () => {
  it("ROOM-1 belongs to who makes it; without a name it gets a UUID", async () => {
    const client = await connect(someone("owner"));
    client.send("room.create", { data: { a: [1, null] } }, { ref: "r" });
    const made = await client.nextMessage("room.created");
    expect(made).toEqual({
      type: "room.created",
      payload: {
        room: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
        peer_id: expect.any(String),
        data: { a: [1, null] },
      },
      ref: "r",
    });
  });

  it("ROOM-2 admits whom the owner accepts: the others hear of it first", async () => {
    const { room, owner } = await newRoom("", { room: someone("room"), peerinfo: { name: "O" } });
    const asker = await connect(someone("asker"));
    asker.send("room.join", { room, peerinfo: { name: "A" }, data: "please" }, { ref: "j" });
    const asked = await owner.client.next("room.join_requested");
    expect(asked).toEqual({
      room,
      peer_id: expect.any(String),
      user: { user_id: asker.user },
      peerinfo: { name: "A" },
      data: "please",
    });
    expect(await asker.settled()).toEqual([]);
    const { peer_id } = asked;
    owner.client.send("room.accept", { room, peer_id, data: "welcome" }, { ref: "a" });
    expect(await owner.client.nextMessage("room.peer_joined")).toEqual({
      type: "room.peer_joined",
      payload: {
        room,
        peer_id,
        user: { user_id: asker.user },
        peerinfo: { name: "A" },
        data: "welcome",
      },
      ref: "a",
    });
    expect(await asker.nextMessage("room.joined")).toEqual({
      type: "room.joined",
      payload: {
        room,
        peer_id,
        owner_id: owner.id,
        peers: [owner.id],
        peersinfo: { [owner.id]: { name: "O", peerinfo: { name: "O" } } },
        users: { [owner.id]: { user_id: owner.client.user } },
        data: "welcome",
      },
      ref: "j",
    });
    expect(await owner.client.settled()).toEqual([]);
  });

  it("ROOM-3 relays between members, one to one", async () => {
    const { room, owner } = await newRoom();
    const a = await admitted(room, owner);
    const b = await admitted(room, owner, [a]);
    const description = { type: "offer", sdp: "v=0", more: { deep: [1] } };
    a.client.send("room.signal", { to: b.id, room, description, data: 7 });
    expect(await b.client.next("room.signal")).toEqual({
      room,
      peer_id: a.id,
      description,
      data: 7,
    });
    b.client.send("room.signal", { to: a.id, candidate: { candidate: "c", sdpMLineIndex: 0 } });
    expect(await a.client.next("room.signal")).toEqual({
      room,
      peer_id: b.id,
      candidate: { candidate: "c", sdpMLineIndex: 0 },
    });
    b.client.send("room.signal", { to: a.id, candidate: null });
    expect(await a.client.next("room.signal")).toEqual({ room, peer_id: b.id, candidate: null });
    expect(await owner.client.settled()).toEqual([]);
  });

  it("ROOM-4 tells of who leaves, is kicked or banned", async () => {
    const { room, owner } = await newRoom();
    const a = await admitted(room, owner);
    const b = await admitted(room, owner, [a]);
    a.client.send("room.leave", { room });
    for (const { client } of [owner, b]) {
      expect(await client.next("room.peer_left")).toEqual({
        room,
        peer_id: a.id,
        reason: "left",
        owner_id: owner.id,
      });
    }
    owner.client.send("room.kick", { room, peer_id: b.id });
    for (const { client } of [owner, b]) {
      expect(await client.next("room.peer_left")).toMatchObject({
        peer_id: b.id,
        reason: "kicked",
      });
    }
    await knock(b.client, room, owner.client);
    owner.client.send("room.ban", { room, peer_id: b.id });
    expect(await b.client.next("room.join_rejected")).toEqual({ room, message: "Not allowed" });
    b.client.send("room.join", { room });
    expect(await b.client.next("room.join_rejected")).toEqual({ room, message: "Not allowed" });
  });

  it("ROOM-5 of one app is not seen by another", async () => {
    const room = someone("room");
    const a = await connectAs("a", { sub: someone("a"), app: "one" });
    const b = await connectAs("b", { sub: someone("b"), app: "two" });
    a.send("room.create", { room });
    await a.next("room.created");
    b.send("room.join", { room });
    expect(await b.next("room.join_rejected")).toEqual({ room, message: "Room is not found." });
    b.send("room.create", { room });
    await b.next("room.created");
  });
});
