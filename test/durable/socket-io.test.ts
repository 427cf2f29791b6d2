import { describe, expect, it } from "vitest";
import { mintAppToken } from "../../src/http/app-token.ts";
import { request, someone } from "../support/client.ts";
import { appToken, connectSio, openSio, runPeerAlarm } from "../support/socket-io.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

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

describe("a Socket.IO peer", () => {
  it("SIO-9 gets a session token for an app token or a session token, as often as it asks", async () => {
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

  it("SIO-10 needs its own session token for all else", async () => {
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
});
