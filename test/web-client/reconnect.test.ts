import { describe, expect, it } from "vitest";
import { calleeConnected } from "./support/calls.ts";
import { settle } from "./support/clock.ts";
import { World } from "./support/world.ts";

/** Fails to connect `times` times and returns the waits in between. */
const waits = async (random: number, times: number): Promise<number[]> => {
  const world = new World();
  world.random = random;
  world.client.connect();
  const delays: number[] = [];
  for (let round = 0; round < times; round += 1) {
    await settle();
    world.socket.drop();
    await settle();
    delays.push(world.clock.pending()[0] ?? Number.NaN);
    await world.clock.advance(delays.at(-1) ?? 0);
  }
  return delays;
};

describe("CLIENT-1 back-off", () => {
  it("doubles up to its cap", async () => {
    expect(await waits(1, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it("spreads from nothing to the limit", async () => {
    expect(await waits(0, 4)).toEqual([0, 0, 0, 0]);
    expect(await waits(0.25, 3)).toEqual([125, 250, 500]);
  });

  it("starts anew once the server has spoken", async () => {
    const world = new World();
    world.random = 1;
    world.client.connect();
    for (let round = 0; round < 4; round += 1) {
      await settle();
      world.socket.drop();
      await settle();
      await world.clock.advance(20_000);
    }
    world.socket.open();
    await settle();
    world.socket.drop(4003);
    await settle();
    expect(world.clock.pending()).toEqual([500]);
  });

  it("waits at most 3 s while a call is to be kept", async () => {
    const world = await calleeConnected();
    world.random = 1;
    world.socket.drop();
    for (let round = 0; round < 6; round += 1) {
      await settle();
      await world.clock.advance(3000);
      world.socket.drop();
    }
    expect(world.sockets).toHaveLength(7);
  });

  it("gives up a handshake that hangs", async () => {
    const world = new World();
    world.client.connect();
    await world.clock.advance(10_000);
    expect(world.socket.closedWith).toBe(4000);
    expect(world.client.state.connection).toBe("waiting");
  });

  it("leaves an old socket's late events alone", async () => {
    const world = new World();
    const first = await world.open();
    first.drop();
    await world.open();
    first.drop(4001);
    first.say("call.ring", { session_id: "late", caller_id: "bob" });
    await settle();
    expect(world.client.state).toEqual({ connection: "open", call: undefined });
  });
});

describe("CLIENT-1 a server that goes away", () => {
  const wait = async (world: World, code: number) => {
    world.random = 1;
    world.socket.drop(code);
    await settle();
    return world.clock.pending()[0];
  };
  const opened = async (welcome = {}) => {
    const world = new World();
    await world.open(welcome);
    return world;
  };

  it.each([1001, 1006, 1012])("spreads the first return after %i as it asks", async (code) => {
    expect(await wait(await opened(), code)).toBe(10_000);
    expect(await wait(await opened({ reconnect_jitter_ms: 2000 }), code)).toBe(2000);
  });

  it("is waited for 30 s at most, in a call 1 s", async () => {
    expect(await wait(await opened({ reconnect_jitter_ms: 3_600_000 }), 1006)).toBe(30_000);
    const world = await calleeConnected();
    expect(await wait(world, 1006)).toBe(1000);
  });

  it("spreads once only", async () => {
    const world = await opened();
    await wait(world, 1006);
    await world.clock.advance(10_000);
    expect(await wait(world, 1006)).toBe(1000);
  });

  it.each([4003, 1009])("is not what close code %i means", async (code) => {
    expect(await wait(await opened(), code)).toBe(500);
  });
});

describe("CLIENT-1 network", () => {
  it("pauses without a network and connects at once when it is back", async () => {
    const world = new World();
    await world.open();
    world.online = false;
    world.socket.drop();
    await world.clock.advance(60_000);
    expect(world.client.state.connection).toBe("offline");
    expect(world.sockets).toHaveLength(1);
    world.online = true;
    world.sign("online");
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("needs no network for a server on this machine", async () => {
    const world = new World({ server: "http://127.0.0.1:8787" });
    await world.open();
    world.online = false;
    world.socket.drop();
    await world.clock.advance(5000);
    expect(world.sockets).toHaveLength(2);
  });

  it("cuts a wait short when the network or the page comes back", async () => {
    for (const sign of ["online", "visibilitychange"]) {
      const world = new World();
      await world.open();
      world.socket.drop();
      await settle();
      world.sign(sign);
      await settle();
      expect(world.sockets).toHaveLength(2);
    }
  });
});
