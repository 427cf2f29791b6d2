import { describe, expect, it } from "vitest";
import { CallClient } from "../../examples/web-client/src/edgering.ts";
import { settle } from "./support/clock.ts";
import { calleeConnected } from "./support/calls.ts";
import { World } from "./support/world.ts";

describe("address", () => {
  it.each([
    ["https://calls.test", "wss://calls.test/ws"],
    ["http://localhost:8787/", "ws://localhost:8787/ws"],
    ["wss://calls.test/ws", "wss://calls.test/ws"],
    ["ws://10.0.0.1:8787/base/", "ws://10.0.0.1:8787/base/ws"],
  ])("%s connects to %s", async (server, expected) => {
    const world = new World({ server, token: " a.b+c/d= " });
    world.client.connect();
    await settle();
    const { url } = world.socket;
    expect(`${url.protocol}//${url.host}${url.pathname}`).toBe(expected);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      token: "a.b+c/d=",
      device: "dev",
      resume: "1",
    });
  });

  it.each(["ftp://calls.test", "calls.test", ""])("refuses %j", (server) => {
    expect(() => new CallClient({ server, token: "t" })).toThrow(TypeError);
  });

  it("asks for a fresh token before every connection", async () => {
    let serial = 0;
    const world = new World({ token: () => Promise.resolve(`token-${++serial}`) });
    await world.open();
    world.socket.drop();
    await world.open();
    expect(world.sockets.map(({ url }) => url.searchParams.get("token"))).toEqual([
      "token-1",
      "token-2",
    ]);
  });
});

describe("heartbeat", () => {
  it("pings every 25 s, every 5 s in a call", async () => {
    const idle = new World();
    await idle.open();
    await idle.clock.advance(75_000);
    expect(idle.socket.pings).toBe(4);
    const calling = await calleeConnected();
    const before = calling.socket.pings;
    await calling.clock.advance(20_000);
    expect(calling.socket.pings - before).toBe(4);
  });

  it("pings as often as the service asks, however much it says", async () => {
    const world = new World();
    await world.open({ heartbeat_seconds: 10 });
    for (let second = 0; second < 40; second += 1) {
      world.socket.say("later.thing", {});
      await world.clock.advance(1000);
    }
    expect(world.socket.pings).toBe(5);
  });

  it("gives up a socket that does not answer", async () => {
    const world = new World();
    await world.open();
    world.socket.deaf = true;
    await world.clock.advance(25_000 + 3999);
    expect(world.socket.closedWith).toBeUndefined();
    await world.clock.advance(1);
    expect(world.sockets[0]?.closedWith).toBe(4000);
    expect(world.client.state.connection).toBe("waiting");
  });

  it("checks at once when the browser goes offline", async () => {
    const world = new World();
    await world.open();
    world.socket.deaf = true;
    world.sign("offline");
    await world.clock.advance(4000);
    expect(world.sockets[0]?.closedWith).toBe(4000);
  });
});

describe("end of the connection", () => {
  it.each([
    [4001, "replaced"],
    [4002, "expired"],
  ] as const)("close code %i is final: %s", async (code, state) => {
    const world = await calleeConnected();
    world.socket.drop(code);
    await world.clock.advance(60_000);
    expect(world.client.state).toEqual({ connection: state, call: undefined });
    expect(world.ended.map((end) => end.code)).toEqual([state]);
    expect(world.devices.open()).toEqual([]);
    expect(world.sockets).toHaveLength(1);
  });

  it("stops when the service refuses the token, and asks with a header, not in the address", async () => {
    const world = new World();
    world.http["/ws"] = { status: 401 };
    world.client.connect();
    await settle();
    world.socket.drop();
    await settle();
    expect(world.client.state.connection).toBe("refused");
    expect(world.requests).toEqual([
      { url: "https://calls.test/ws?device=dev", headers: { authorization: "Bearer jwt" } },
    ]);
  });

  it("can connect again after a final close", async () => {
    const world = new World();
    await world.open();
    world.socket.drop(4001);
    world.client.connect();
    await settle();
    world.socket.open();
    await settle();
    expect(world.client.state.connection).toBe("open");
  });

  it("closes with 1000, drops its listeners and stays silent after disconnect", async () => {
    const world = new World();
    await world.open();
    world.client.disconnect();
    await world.clock.advance(120_000);
    expect(world.socket.closedWith).toBe(1000);
    expect(world.client.state.connection).toBe("idle");
    expect(world.listeners()).toBe(0);
    expect(world.clock.pending()).toEqual([]);
  });

  it("ignores frames it does not know", async () => {
    const world = new World();
    await world.open();
    for (const data of [
      "",
      "nonsense",
      "null",
      "[]",
      "7",
      '{"type":7}',
      '{"type":"later.thing"}',
      new ArrayBuffer(1),
    ]) {
      world.socket.raw(data);
    }
    world.socket.say("call.ended", { session_id: "unknown" });
    expect(world.client.state).toEqual({ connection: "open", call: undefined });
    expect(world.problems).toEqual([]);
  });
});
