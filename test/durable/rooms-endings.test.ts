/** Requests and sockets that end at an awkward moment: nobody waits for nothing, nobody stays as a ghost. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Peer } from "../../src/durable/peer.ts";
import type { User } from "../../src/durable/user.ts";
import { connect, someone } from "../support/client.ts";
import { objectOf, runAlarm, stored } from "../support/objects.ts";
import { openResuming } from "../support/resuming.ts";
import { roomObject } from "../support/rooms.ts";
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
