import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { mintAppToken } from "../../src/http/app-token.ts";
import { connectAs, request, someone } from "../support/client.ts";
import { connectSio, openSio, runPeerAlarm } from "../support/socket-io.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const SECRET = "test-secret";
const appToken = (app: string) => mintAppToken(app, SECRET, Date.now() / 1_000);

describe("a Socket.IO socket", () => {
  it("SIO-1 begins with the server's handshake, then the client's token, then its id", async () => {
    const socket = await openSio();
    const hello = await socket.frame();
    expect(hello).toMatch(/^0\{/);
    expect(JSON.parse(hello.slice(1))).toEqual({
      sid: expect.stringMatching(/^[\w-]{20}$/),
      upgrades: [],
      pingInterval: 300_000,
      pingTimeout: 60_000,
      maxPayload: 1_000_000,
    });
    socket.send(`40${JSON.stringify({ token: await appToken(someone("app")) })}`);
    const welcome = await socket.frame();
    expect(welcome).toMatch(/^40\{"sid":"[\w-]{20}"\}$/);
    expect(welcome).not.toContain(JSON.parse(hello.slice(1)).sid);
  });

  it.each([
    ["none", undefined],
    ["no text", 5],
    ["no token", "x"],
    ["a token of another secret", "other"],
    ["a session token", "session"],
  ])("SIO-2 is turned away with 41 when the app token is %s", async (_, token) => {
    const socket = await openSio();
    await socket.frame();
    const given =
      token === "other"
        ? await mintAppToken("a", "other", 0)
        : token === "session"
          ? (await connectSio(someone("app"))).token
          : token;
    socket.send(given === undefined ? "40" : `40${JSON.stringify({ token: given })}`);
    expect(await socket.frame()).toBe("41");
    await socket.closed;
    expect(socket.rest()).toEqual([]);
  });

  it("SIO-3 has one namespace", async () => {
    const socket = await openSio();
    await socket.frame();
    socket.send("40/admin,{}");
    expect(await socket.frame()).toBe('44/admin,{"message":"Invalid namespace"}');
    socket.send(`40${JSON.stringify({ token: await appToken(someone("app")) })}`);
    expect(await socket.frame()).toMatch(/^40\{/);
  });

  it.each([
    '42["auth-request",{}]',
    "2",
    "9",
    "",
    "4",
    "49",
    "4x",
    "42",
    "42{}",
    "42[]",
    "42[1,",
    '451-["x",{"_placeholder":true,"num":0}]',
    "bAAAA",
    "41",
    '42/admin,["x"]',
    "44{}",
    "40[]",
    '40"x"',
    new Uint8Array([1, 2]).buffer,
  ])("SIO-4 is closed when it sends %s before its token", async (frame) => {
    const socket = await openSio();
    await socket.frame();
    socket.send(frame);
    await socket.closed;
    expect(socket.rest()).toEqual([]);
  });

  it("SIO-4 is closed for binary, a second introduction and 2, also later", async () => {
    for (const frame of [
      "2",
      '451-["x",{"_placeholder":true,"num":0}]',
      "40{}",
      "bAA",
      new ArrayBuffer(3),
    ]) {
      const { socket } = await connectSio(someone("app"));
      socket.send(frame);
      expect(await socket.closed).toBeDefined();
    }
  });

  it("SIO-5 is closed after 45 seconds without a token, and never before", async () => {
    const socket = await openSio();
    const id = await socket.id();
    await socket.frame();
    passTime(44_000);
    await runPeerAlarm(id);
    expect(socket.isOpen()).toBe(true);
    passTime(2_000);
    await runPeerAlarm(id);
    await socket.closed;
  });

  it("SIO-6 is pinged, and closed when it does not answer", async () => {
    passTime(0);
    const { socket, id } = await connectSio(someone("app"));
    passTime(301_000);
    await runPeerAlarm(id);
    expect(await socket.frame()).toBe("2");
    socket.send("3");
    socket.send('420["nothing"]');
    expect(await socket.frame()).toMatch(/^430\[/);
    passTime(61_000);
    await runPeerAlarm(id);
    expect(socket.isOpen()).toBe(true);
    passTime(300_000);
    await runPeerAlarm(id);
    expect(await socket.frame()).toBe("2");
    passTime(61_000);
    await runPeerAlarm(id);
    await socket.closed;
  });

  it("SIO-7 takes 1,000,000 bytes and is closed with 1009 for more", async () => {
    const { socket } = await connectSio(someone("app"));
    const frame = '420["nothing",""]';
    socket.send(frame.replace('""', `"${"x".repeat(1_000_000 - frame.length)}"`));
    expect(await socket.frame()).toMatch(/^430\[\{"ok":false/);
    socket.send(frame.replace('""', `"${"x".repeat(1_000_001 - frame.length)}"`));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  it("SIO-8 is for WebSocket and EIO 4 only", async () => {
    const ask = async (query: string, method = "GET") => {
      const response = await request(`/socket.io/?${query}`, { method });
      return [response.status, await response.json()];
    };
    expect(await ask("EIO=4&transport=polling")).toEqual([
      400,
      { code: 0, message: "Transport unknown" },
    ]);
    expect(await ask("EIO=4&transport=polling", "POST")).toEqual([
      400,
      { code: 0, message: "Transport unknown" },
    ]);
    expect(await ask("EIO=4")).toEqual([400, { code: 0, message: "Transport unknown" }]);
    expect(await ask("EIO=3&transport=websocket")).toEqual([
      400,
      { code: 5, message: "Unsupported protocol version" },
    ]);
    expect(await ask("EIO=4&transport=websocket")).toEqual([
      400,
      { code: 3, message: "Bad request" },
    ]);
  });
});

describe("Socket.IO peers in rooms", () => {
  it("SIO-9 get a session token for an app token or a session token, as often as they ask", async () => {
    const app = someone("app");
    const { socket, token } = await connectSio(app);
    for (const data of [{ token: await appToken(app), payload: 1 }, { token }, token]) {
      socket.emit("auth-request", data);
      const [name, got] = await socket.event();
      expect(name).toBe("auth-accept");
      expect(got).toEqual({
        token: expect.any(String),
        ...(typeof data === "object" && "payload" in data ? { payload: 1 } : {}),
      });
    }
    for (const data of [
      undefined,
      null,
      {},
      { token: 5 },
      { token: await appToken("other") },
      "x",
    ]) {
      socket.emit("auth-request", data);
      const [name, got] = await socket.event();
      expect([name, got]).toEqual(["auth-reject", { message: "Token is not valid" }]);
    }
  });

  it("SIO-10 need their own session token for all else", async () => {
    const app = someone("app");
    const { socket } = await connectSio(app);
    const other = await connectSio(app);
    for (const auth of [undefined, null, 5, "x", other.token, await appToken(app)]) {
      socket.emit("room-create-request", { auth, room: "r" });
      expect(await socket.event()).toEqual(["unauthorized", { message: "Token is not valid" }]);
    }
    for (const data of [undefined, null, "x", []]) {
      socket.emit("room-join-request", data);
      expect(await socket.event()).toEqual(["unauthorized", { message: "Token is not valid" }]);
    }
  });

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
