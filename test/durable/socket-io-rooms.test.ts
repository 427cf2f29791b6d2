import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connectAs, someone } from "../support/client.ts";
import { connectSio, runPeerAlarm } from "../support/socket-io.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("Socket.IO peers in rooms", () => {
  it("SIO-11 create, ask, admit and relay by the events that existing clients know", async () => {
    const app = someone("app");
    const owner = await connectSio(app, { name: "Owner" });
    const guest = await connectSio(app);
    owner.ask("room-create-request", { room: "main", payload: { foo: "bar" } });
    expect(await owner.socket.event()).toEqual([
      "room-create-accept",
      { room: "main", payload: { foo: "bar" } },
    ]);
    guest.ask("room-create-request", { room: "main", payload: 1 });
    expect(await guest.socket.event()).toEqual([
      "room-create-reject",
      {
        payload: 1,
        message: "Room already taken someone else. Please type another room name or stay it blank.",
      },
    ]);
    guest.ask("room-join-request", { room: "none", payload: 2 });
    expect(await guest.socket.event()).toEqual([
      "room-join-reject",
      { message: "Room is not found.", payload: 2 },
    ]);
    guest.ask("room-join-request", { room: "main", payload: 3 });
    expect(await owner.socket.event()).toEqual([
      "room-join-request",
      { room: "main", peer_id: guest.id, payload: 3 },
    ]);
    guest.ask("room-join-accept", { room: "main", peer_id: guest.id }, 7);
    expect(await guest.socket.frame()).toBe(
      '437[{"ok":false,"code":"unauthorized","message":"Not authorized"}]',
    );
    owner.ask("room-join-reject", { room: "main", peer_id: guest.id, to: guest.id, payload: "no" });
    expect(await guest.socket.event()).toEqual([
      "room-join-reject",
      {
        room: "main",
        peer_id: guest.id,
        message: "Room owner was rejected your request",
        payload: "no",
      },
    ]);
    guest.ask("room-join-request", { room: "main" });
    await owner.socket.event();
    owner.ask("room-join-accept", {
      room: "main",
      peer_id: guest.id,
      to: guest.id,
      payload: "yes",
    });
    expect(await owner.socket.event()).toEqual([
      "room-user-join",
      { room: "main", peer_id: guest.id, payload: "yes" },
    ]);
    expect(await guest.socket.event()).toEqual([
      "room-join-accept",
      {
        room: "main",
        peer_id: guest.id,
        peers: [owner.id],
        peersinfo: { [owner.id]: { name: "Owner", peerinfo: { name: "Owner" } } },
        payload: "yes",
      },
    ]);
    const session_description = { type: "offer", sdp: "v=0" };
    owner.ask("relay-session-description", {
      to: guest.id,
      peer_id: guest.id,
      room: "main",
      session_description,
      payload: { foo: "bar" },
    });
    expect(await guest.socket.event()).toEqual([
      "session-description",
      {
        room: "main",
        peer_id: owner.id,
        session_description,
        payload: { foo: "bar" },
        peerinfo: { name: "Owner" },
      },
    ]);
    const ice_candidate = { candidate: "c", sdpMLineIndex: 0 };
    guest.ask("relay-ice-candidate", { to: owner.id, ice_candidate }, 8);
    expect(await owner.socket.event()).toEqual([
      "ice-candidate",
      { room: "main", peer_id: guest.id, ice_candidate },
    ]);
    expect(await guest.socket.frame()).toBe('438[{"ok":true}]');
    guest.socket.close();
    expect(await owner.socket.event()).toEqual([
      "room-user-leave",
      { room: "main", peer_id: guest.id },
    ]);
  });

  it("SIO-12 meet native peers of their app", async () => {
    const app = someone("app");
    const owner = await connectAs("owner", { sub: someone("owner"), app, name: "O" });
    owner.send("room.create", { room: "mixed" });
    const { peer_id } = await owner.next("room.created");
    const guest = await connectSio(app, "guest");
    guest.ask("room-join-request", { room: "mixed" });
    expect(await owner.next("room.join_requested")).toEqual({
      room: "mixed",
      peer_id: guest.id,
      peerinfo: "guest",
    });
    owner.send("room.accept", { room: "mixed", peer_id: guest.id });
    await owner.next("room.peer_joined");
    expect(await guest.socket.event()).toEqual([
      "room-join-accept",
      { room: "mixed", peer_id: guest.id, peers: [peer_id], peersinfo: { [String(peer_id)]: {} } },
    ]);
    guest.ask("relay-ice-candidate", { to: peer_id, ice_candidate: null });
    expect(await owner.next("room.signal")).toMatchObject({ peer_id: guest.id, candidate: null });
    owner.send("room.kick", { room: "mixed", peer_id: guest.id });
    expect(await guest.socket.event()).toEqual([
      "room-user-leave",
      { room: "mixed", peer_id: guest.id, peerinfo: "guest" },
    ]);
  });

  it("SIO-13 say too much: the request is rejected, or dropped", async () => {
    const owner = await connectSio(someone("app"));
    const payload = "x".repeat(8_191);
    const message = "Payload is too large";
    owner.ask("room-create-request", { room: "r", payload });
    expect(await owner.socket.event()).toEqual(["room-create-reject", { message }]);
    owner.ask("room-join-request", { room: "r", payload });
    expect(await owner.socket.event()).toEqual(["room-join-reject", { message }]);
    owner.socket.emit("auth-request", { token: owner.token, payload });
    expect(await owner.socket.event()).toEqual(["auth-reject", { message }]);
    owner.socket.emit("auth-request", { token: owner.token, peerinfo: payload });
    expect(await owner.socket.event()).toEqual(["auth-reject", { message }]);
    owner.ask("room-join-accept", { room: "r", peer_id: "x", payload });
    owner.ask("room-create-request", { room: 5 });
    expect(await owner.socket.event()).toEqual([
      "room-create-reject",
      { message: "Room name is not valid" },
    ]);
    owner.ask("room-create-request", { room: "r".repeat(129) });
    expect(await owner.socket.event()).toEqual([
      "room-create-reject",
      { message: "Room name is not valid" },
    ]);
  });

  it("SIO-21 go on when their objects are evicted after every step, and leave nothing behind", async () => {
    const app = someone("app");
    const owner = await connectSio(app, { name: "O" });
    await evictAllDurableObjects();
    owner.ask("room-create-request", { room: "r" });
    expect(await owner.socket.event()).toEqual(["room-create-accept", { room: "r" }]);
    await evictAllDurableObjects();
    const guest = await connectSio(app);
    await evictAllDurableObjects();
    guest.ask("room-join-request", { room: "r" });
    expect(await owner.socket.event()).toEqual([
      "room-join-request",
      { room: "r", peer_id: guest.id },
    ]);
    await evictAllDurableObjects();
    owner.ask("room-join-accept", { room: "r", peer_id: guest.id });
    await owner.socket.event();
    expect(await guest.socket.event()).toMatchObject(["room-join-accept", { room: "r" }]);
    await evictAllDurableObjects();
    const relayed = { to: owner.id, ice_candidate: { candidate: "c" } };
    guest.ask("relay-ice-candidate", relayed);
    expect(await owner.socket.event()).toMatchObject(["ice-candidate", { peer_id: guest.id }]);
    await evictAllDurableObjects();
    guest.socket.close();
    expect(await owner.socket.event()).toMatchObject(["room-user-leave", { peer_id: guest.id }]);
    await runPeerAlarm(guest.id);
    const left = await runInDurableObject(env.PEER.getByName(guest.id), async (_, state) => [
      [...state.storage.kv.list()].length,
      await state.storage.getAlarm(),
    ]);
    expect(left).toEqual([0, null]);
  });
});
