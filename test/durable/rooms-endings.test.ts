/** Requests and sockets that end at an awkward moment: nobody waits for nothing, nobody stays as a ghost. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Peer } from "../../src/durable/peer.ts";
import type { User } from "../../src/durable/user.ts";
import { connect, someone } from "../support/client.ts";
import { objectOf, runAlarm, stored } from "../support/objects.ts";
import { openResuming } from "../support/resuming.ts";
import { admitted, newRoom, roomObject } from "../support/rooms.ts";
import { connectSio, runPeerAlarm } from "../support/socket-io.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const GRACE_MS = 15_000;

/** All that a room's object has written down. */
const rowsOf = (room: string, app = "default") =>
  runInDurableObject(roomObject(room, app), (_, state) =>
    [...state.storage.kv.list()].map(([key]) => key),
  );

/** An owner that resumes, and somebody who asked with a reference of its own. */
async function asked() {
  const owner = await openResuming(someone("owner"), "device=o");
  owner.send("room.create", { room: someone("room") });
  const { room } = (await owner.next("room.created")) as { room: string };
  const asker = await connect(someone("asker"));
  asker.send("room.join", { room }, { ref: "same" });
  const { peer_id: id } = await owner.next("room.join_requested");
  const say = (type: string, payload: object) =>
    owner.send(type, { room, ...payload }, { ref: "same" });
  return { owner, asker, room, id, say };
}

describe("an answer that goes to somebody else", () => {
  it("ROOM-13 does not keep the one who refuses from its acknowledgement", async () => {
    const { owner, asker, id, say } = await asked();
    say("room.reject", { peer_id: id });
    await asker.next("room.join_rejected");
    expect((await owner.nextMessage("ack")).ref).toBe("same");
  });

  it("ROOM-13 does not keep the last who leaves from its acknowledgement", async () => {
    const { owner, asker, say } = await asked();
    say("room.leave", {});
    await asker.next("room.join_rejected");
    expect((await owner.nextMessage("ack")).ref).toBe("same");
  });
});

/** What a socket sends, and its close before any of it has been handled. */
async function sentAndClosed(
  stub: DurableObjectStub<User> | DurableObjectStub<Peer>,
  frames: readonly string[],
): Promise<void> {
  await runInDurableObject<User | Peer, void>(stub, async (instance, state) => {
    const [socket] = state.getWebSockets();
    if (!socket) throw new Error("no socket");
    const turns = frames.map((frame) => instance.webSocketMessage(socket, frame));
    // Far enough for the first to be waiting for something.
    for (let step = 0; step < 5; step += 1) await Promise.resolve();
    instance.webSocketClose(socket, 1000, "");
    await Promise.all(turns);
  });
}

describe("a room that the device is out of already", () => {
  it.each(["a room that is no more", "a room that goes on"])(
    "ROOM-13 lets it leave when the answer of the first time was lost: %s",
    async (which) => {
      const room = someone("room");
      const client = await openResuming(someone("owner"), "device=o");
      client.send("room.create", { room });
      const { peer_id: by } = (await client.next("room.created")) as { peer_id: string };
      if (which === "a room that goes on") {
        const other = await connect(someone("member"));
        other.send("room.join", { room });
        const { peer_id } = await client.next("room.join_requested");
        client.send("room.accept", { room, peer_id });
        await client.next("room.peer_joined");
      }
      const request = { kind: "leave", by, reason: "left" } as const;
      const message = { app: "default", room, id: someone("request"), request };
      await runInDurableObject(roomObject(room), (object) =>
        object.receive({
          id: someone("delivery"),
          from: "test",
          messages: [{ kind: "room.request", message }],
        }),
      );
      client.send("room.leave", { room }, { ref: "again" });
      expect(await client.nextMessage("ack")).toMatchObject({ ref: "again" });
      const stays = await stored(client.user, (kv) => [...kv.list({ prefix: "rooms:in:" })]);
      expect(stays).toEqual([]);
    },
  );
});

describe("a device that is away", () => {
  it("ROOM-16 hears who came and went also when no more signals can wait", async () => {
    passTime(0);
    const { room, owner } = await newRoom();
    const away = await admitted(room, owner, [], "device=phone");
    await away.client.lose();
    const info = "x".repeat(8_000);
    for (let n = 0; n < 140; n += 1) {
      owner.client.send("room.signal", { to: away.id, candidate: { candidate: info } });
    }
    const other = await connect(someone("member"));
    other.send("room.join", { room });
    let message = await owner.client.nextMessage();
    while (message.type === "error") message = await owner.client.nextMessage();
    const { peer_id: id } = message.payload;
    owner.client.send("room.accept", { room, peer_id: id });
    await other.next("room.joined");
    const back = await connect(away.client.user, "device=phone");
    const heard = await back.settled();
    expect(heard.length).toBeLessThan(140);
    expect(heard.at(-1)).toMatchObject({
      type: "room.peer_joined",
      payload: { room, peer_id: id },
    });
  });
});

describe("a name that is none", () => {
  it.each([5, ["a"], {}, true, "x".repeat(129), "\ud800"])(
    "SIO-13 comes back as a rejection with what was sent along: %j",
    async (room) => {
      const { socket, ask } = await connectSio(someone("app"));
      ask("room-create-request", { room, payload: { q: 1 } });
      const message = "Room name is not valid";
      expect(await socket.event()).toEqual(["room-create-reject", { payload: { q: 1 }, message }]);
      ask("room-create-request", { room, payload: "x".repeat(9_000) });
      const large = { message: "Payload is too large" };
      expect(await socket.event()).toEqual(["room-create-reject", large]);
    },
  );
});

describe("a Socket.IO client that floods", () => {
  it("SIO-22 gets no more answers than its budget, goes on afterwards, and can still end", async () => {
    passTime(0);
    const { socket, ask } = await connectSio(someone("app"));
    for (let n = 0; n < 400; n += 1) socket.send("40/other,");
    for (let n = 0; n < 400; n += 1) socket.send("3");
    ask("room-create-request", { room: "r" }, 7);
    const answers: string[] = [];
    let frame = await socket.frame();
    for (; frame.startsWith("44"); frame = await socket.frame()) answers.push(frame);
    expect(frame).toMatch(/^437\[\{"ok":false,"code":"rate_limited"/);
    expect(answers.length).toBeLessThan(300);
    passTime(10_000);
    ask("room-create-request", { room: "r" });
    expect(await socket.event()).toEqual(["room-create-accept", { room: "r" }]);
    socket.send("1");
    expect(await socket.closed).toBeDefined();
  });
});

describe("a socket that closes", () => {
  it("ROOM-15 while its first request waits leaves no member behind", async () => {
    passTime(0);
    const client = await connect(someone("owner"));
    const room = someone("room");
    const frames = [
      { type: "call.start", payload: { callee_id: someone("nobody") } },
      { type: "room.create", payload: { room } },
    ];
    await sentAndClosed(
      objectOf(client.user),
      frames.map((frame) => JSON.stringify(frame)),
    );
    passTime(GRACE_MS + 1_000);
    await runAlarm(client.user);
    expect(await rowsOf(room)).not.toContain("state");
    expect(await stored(client.user, (kv) => [...kv.list({ prefix: "rooms:in:" })])).toEqual([]);
    expect(await stored(client.user, (kv) => [...kv.list({ prefix: "rooms:peer:" })])).toEqual([]);
  });

  it("SIO-21 while its token is checked leaves no member behind", async () => {
    const app = someone("app");
    const room = someone("room");
    const { id, token } = await connectSio(app);
    const stub = env.PEER.getByName(id);
    const frame = `42${JSON.stringify(["room-create-request", { auth: token, room }])}`;
    await sentAndClosed(stub, [frame]);
    for (let turn = 0; turn < 3; turn += 1) await runPeerAlarm(id);
    expect(await rowsOf(room, app)).not.toContain("state");
    const rows = await runInDurableObject(stub, (_, state) => [...state.storage.kv.list()]);
    expect(rows).toEqual([]);
  });
});
