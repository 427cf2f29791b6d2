import { describe, expect, it } from "vitest";
import { connect, someone, type Client } from "../support/client.ts";
import { admitted, knock, newRoom, runRoomAlarm, type Member } from "../support/rooms.ts";
import { openResuming } from "../support/resuming.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** The error of a request. */
async function error(client: Client, type: string, payload: object) {
  client.send(type, { ...payload });
  const { code, message } = await client.next("error");
  return [code, message];
}

const invalid = (message: string) => ["invalid_message", message];
const noRoom = ["room_not_found", "Room not found"];
const unauthorized = ["unauthorized", "Not authorized"];
const noPending = ["invalid_state", "No pending request"];
const noPeer = ["peer_not_found", "Peer not found"];
const tooLarge = ["message_too_large", "Message too large"];

describe("requests that a room refuses", () => {
  it("ROOM-6 are told what is missing or wrong in them", async () => {
    const client = await connect(someone("user"));
    const cases: [type: string, payload: object, wanted: string[]][] = [
      ["room.create", { room: 5 }, invalid("Invalid payload")],
      ["room.create", { data: "x".repeat(8_191) }, tooLarge],
      ["room.create", { peerinfo: { a: "é".repeat(4_096) } }, tooLarge],
      ["room.join", {}, invalid("Missing room")],
      ["room.join", { room: "" }, invalid("Missing room")],
      ["room.join", { room: ["a"] }, invalid("Invalid payload")],
      ["room.join", { room: "a", data: "x".repeat(8_191) }, tooLarge],
      ["room.accept", {}, invalid("Missing room")],
      ["room.accept", { room: "a" }, invalid("Missing peer_id")],
      ["room.reject", { room: "a", peer_id: 5 }, invalid("Invalid payload")],
      ["room.leave", {}, invalid("Missing room")],
      ["room.kick", { room: "a" }, invalid("Missing peer_id")],
      ["room.signal", { room: "a" }, invalid("Missing to")],
      ["room.signal", { to: "" }, invalid("Missing to")],
      ["room.signal", { to: ["a"], candidate: {} }, invalid("Invalid payload")],
      ["room.signal", { to: "a" }, invalid("Missing description or candidate")],
      ["room.signal", { to: "a", description: null }, invalid("Missing description or candidate")],
      ["room.signal", { to: "a", description: { type: "offer" } }, invalid("Invalid payload")],
      ["room.signal", { to: "a", candidate: "c" }, invalid("Invalid payload")],
      [
        "room.signal",
        { to: "a", candidate: {}, description: { type: "offer", sdp: "" } },
        invalid("Invalid payload"),
      ],
      ["room.signal", { to: "a", candidate: {} }, noPeer],
      ["room.signal", { to: "a", candidate: {}, data: "x".repeat(8_191) }, tooLarge],
    ];
    for (const [type, payload, wanted] of cases) {
      expect([type, payload, await error(client, type, payload)]).toEqual([type, payload, wanted]);
    }
    client.send("room.create", { room: "x".repeat(129), data: 1 });
    expect(await client.next("room.create_rejected")).toEqual({
      message: "Room name is not valid",
      data: 1,
    });
    client.send("room.create", { data: "x".repeat(8_190) });
    await client.next("room.created");
  });

  it("ROOM-7 do not exist for a room that does not", async () => {
    const client = await connect(someone("user"));
    const room = someone("none");
    for (const type of ["accept", "reject", "kick", "ban"]) {
      expect(await error(client, `room.${type}`, { room, peer_id: "x" })).toEqual(noRoom);
    }
    expect(await error(client, "room.leave", { room })).toEqual(noRoom);
    expect(await error(client, "room.withdraw", { room })).toEqual(noRoom);
    expect(await error(client, "room.lock", { room, locked: true })).toEqual(noRoom);
    expect(await error(client, "room.cohost", { room, peer_id: "x", on: true })).toEqual(noRoom);
    expect(await error(client, "room.signal", { room, to: "x", candidate: null })).toEqual(noRoom);
    client.send("room.join", { room, data: 2 });
    expect(await client.next("room.join_rejected")).toEqual({
      room,
      message: "Room is not found.",
      data: 2,
    });
  });

  it("ROOM-8 are for the owner, for members, or for nobody", async () => {
    const { room, owner } = await newRoom();
    const member = await admitted(room, owner);
    const thief = await connect(someone("thief"));
    const thiefId = await knock(thief, room, owner.client);
    for (const client of [thief, member.client]) {
      for (const type of ["accept", "reject", "kick", "ban"]) {
        expect(await error(client, `room.${type}`, { room, peer_id: thiefId })).toEqual(
          unauthorized,
        );
      }
      expect(await error(client, "room.lock", { room, locked: true })).toEqual(unauthorized);
      expect(await error(client, "room.cohost", { room, peer_id: thiefId, on: true })).toEqual(
        unauthorized,
      );
    }
    expect(await error(thief, "room.leave", { room })).toEqual(unauthorized);
    const candidate = { candidate: "c" };
    expect(await error(thief, "room.signal", { room, to: owner.id, candidate })).toEqual(
      unauthorized,
    );
    expect(await error(thief, "room.signal", { to: owner.id, candidate })).toEqual(noPeer);
    for (const to of [thiefId, owner.id, room, "x"]) {
      expect(await error(owner.client, "room.signal", { room, to, candidate })).toEqual(noPeer);
    }
    const other = await newRoom();
    expect(
      await error(owner.client, "room.signal", { room: other.room, to: other.owner.id, candidate }),
    ).toEqual(unauthorized);
    for (const type of ["accept", "reject"]) {
      expect(await error(owner.client, `room.${type}`, { room, peer_id: member.id })).toEqual(
        noPending,
      );
    }
    for (const type of ["kick", "ban"]) {
      expect(await error(owner.client, `room.${type}`, { room, peer_id: owner.id })).toEqual(
        noPeer,
      );
    }
    expect(await error(member.client, "room.withdraw", { room })).toEqual(noPending);
    expect(await member.client.settled()).toEqual([]);
  });

  it("ROOM-9 of two creators one wins, and the other is told", async () => {
    const room = someone("room");
    const clients = await Promise.all([1, 2, 3, 4].map(() => connect(someone("user"))));
    for (const client of clients) client.send("room.create", { room, data: 1 });
    const answers = await Promise.all(clients.map((client) => client.nextMessage()));
    expect(answers.map(({ type }) => type).toSorted()).toEqual([
      "room.create_rejected",
      "room.create_rejected",
      "room.create_rejected",
      "room.created",
    ]);
    expect(answers.find(({ type }) => type === "room.create_rejected")?.payload).toEqual({
      message: "Room already taken someone else. Please type another room name or stay it blank.",
      data: 1,
    });
  });
});

describe("requests to join", () => {
  it("ROOM-10 end when they are refused, withdrawn or not answered", async () => {
    const { room, owner } = await newRoom();
    const asker = await connect(someone("asker"));
    const peer_id = await knock(asker, room, owner.client);
    owner.client.send("room.reject", { room, peer_id, data: "no" });
    expect(await asker.next("room.join_rejected")).toEqual({
      room,
      message: "Room owner was rejected your request",
      data: "no",
    });
    await knock(asker, room, owner.client);
    asker.send("room.withdraw", { room });
    expect(await asker.settled()).toEqual([]);
    expect(await error(owner.client, "room.accept", { room, peer_id })).toEqual(noPending);
    passTime(0);
    await knock(asker, room, owner.client);
    passTime(59_000);
    await runRoomAlarm(room);
    expect(await asker.settled()).toEqual([]);
    passTime(2_000);
    await runRoomAlarm(room);
    expect(await asker.next("room.join_rejected")).toEqual({
      room,
      message: "Room owner did not answer your request",
    });
  });

  it("ROOM-10 are over in time also when the alarm is late", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const asker = await connect(someone("asker"));
    const peer_id = await knock(asker, room, owner.client);
    passTime(61_000);
    expect(await error(owner.client, "room.accept", { room, peer_id })).toEqual(noPending);
    await asker.next("room.join_rejected");
  });

  it("ROOM-11 replace the one before; a member gets its admission again", async () => {
    const { room, owner } = await newRoom();
    const asker = await connect(someone("asker"));
    asker.send("room.join", { room, data: 1 }, { ref: "first" });
    await owner.client.next("room.join_requested");
    asker.send("room.join", { room, data: 2 }, { ref: "second" });
    const { peer_id, data } = await owner.client.next("room.join_requested");
    expect(data).toBe(2);
    owner.client.send("room.accept", { room, peer_id });
    await owner.client.next("room.peer_joined");
    expect((await asker.nextMessage("room.joined")).ref).toBe("second");
    asker.send("room.join", { room }, { ref: "third" });
    const again = await asker.nextMessage("room.joined");
    expect([again.ref, again.payload["peers"]]).toEqual(["third", [owner.id]]);
    expect(await owner.client.settled()).toEqual([]);
  });

  it("ROOM-12 find no way into a full or locked room", async () => {
    const { room, owner } = await newRoom();
    owner.client.send("room.lock", { room, locked: true });
    expect(await owner.client.settled()).toEqual([]);
    const late = await connect(someone("late"));
    late.send("room.join", { room, data: 1 });
    expect(await late.next("room.join_rejected")).toEqual({
      room,
      message: "Room is locked",
      data: 1,
    });
    owner.client.send("room.lock", { room, locked: false });
    expect(await owner.client.settled()).toEqual([]);
    const lateId = await knock(late, room, owner.client);
    const others: Member[] = [];
    for (let n = 0; n < 11; n += 1) others.push(await admitted(room, owner, others));
    const more = await connect(someone("more"));
    more.send("room.join", { room });
    expect(await more.next("room.join_rejected")).toEqual({ room, message: "Room is full" });
    owner.client.send("room.accept", { room, peer_id: lateId });
    expect(await late.next("room.join_rejected")).toEqual({
      room,
      message: "Room is full",
      data: undefined,
    });
    others[0]?.client.send("room.leave", { room });
    await owner.client.next("room.peer_left");
    await knock(more, room, owner.client);
  });
});

describe("answers", () => {
  it("ROOM-13 of requests with ref on a socket that resumes: the event that answers, or an ack", async () => {
    const owner = await openResuming(someone("owner"), "device=a");
    owner.send("room.create", {}, { ref: "1" });
    const { payload, ref } = await owner.nextMessage("room.created");
    expect(ref).toBe("1");
    const { room } = payload;
    const asker = await connect(someone("asker"));
    const first = await knock(asker, String(room), owner);
    owner.send("room.reject", { room, peer_id: first }, { ref: "2" });
    expect((await owner.nextMessage("ack")).ref).toBe("2");
    await asker.next("room.join_rejected");
    const second = await knock(asker, String(room), owner);
    owner.send("room.accept", { room, peer_id: second }, { ref: "3" });
    expect((await owner.nextMessage("room.peer_joined")).ref).toBe("3");
    owner.send("room.signal", { to: second, candidate: null }, { ref: "4" });
    expect((await owner.nextMessage("ack")).ref).toBe("4");
    owner.send("room.lock", { room, locked: true }, { ref: "5" });
    expect((await owner.nextMessage("ack")).ref).toBe("5");
    owner.send("room.kick", { room, peer_id: second });
    expect(await owner.next("room.peer_left")).toMatchObject({ peer_id: second });
    owner.send("room.leave", { room }, { ref: "6" });
    expect((await owner.nextMessage("ack")).ref).toBe("6");
    expect(await owner.settled()).toEqual([]);
  });
});
