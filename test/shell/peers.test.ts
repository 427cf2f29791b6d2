import { describe, expect, test } from "vitest";
import { PeerObjects } from "../../src/durable/peers.ts";
import { PeerUnreachable } from "../../src/features/feature.ts";
import { echo, overloaded, peersOver, reset } from "./stubs.ts";

describe("peers' objects", () => {
  test("answer each message, in order, and know who sends", async () => {
    const { send, deliveries } = peersOver(echo);
    expect(await send("bob", "1")).toBe("1");
    expect(deliveries).toEqual([
      {
        id: expect.any(String) as string,
        from: "ann",
        messages: [{ kind: "call.probe", message: { session: "1" } }],
      },
    ]);
  });

  test("OBJ-4 that are reset get the same delivery again, by a fresh stub", async () => {
    const { send, deliveries, stubs } = peersOver((delivery, stub) => {
      if (stub < 3) throw reset();
      return echo(delivery, stub);
    });
    expect(await send("bob", "1")).toBe("1");
    expect(stubs()).toBe(3);
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(1);
  });

  test("OBJ-4 that keep failing are out of reach after three attempts", async () => {
    const { send, stubs } = peersOver(() => {
      throw reset();
    });
    await expect(send("bob", "1")).rejects.toThrow(PeerUnreachable);
    expect(stubs()).toBe(3);
  });

  test.each([
    ["that are overloaded", overloaded],
    ["that fail for another reason", () => new TypeError("x")],
  ])("OBJ-4 %s are not asked again", async (_, failure) => {
    const { send, stubs } = peersOver(() => {
      throw failure();
    });
    const error = (await send("bob", "1").catch((thrown: unknown) => thrown)) as PeerUnreachable;
    expect(error).toBeInstanceOf(PeerUnreachable);
    expect(error.cause).toBeInstanceOf(Error);
    expect(stubs()).toBe(1);
  });

  test("whose stub cannot even be had are out of reach", async () => {
    const peers = new PeerObjects("ann", () => {
      throw new Error("no such namespace");
    });
    await expect(peers.send("bob", "call.probe", {})).rejects.toThrow(PeerUnreachable);
  });

  test("that fail with one message answer the others", async () => {
    const { send } = peersOver(({ messages }) =>
      messages.map(({ message }) => {
        const { session } = message as { session: string };
        return session === "bad" ? { failed: true as const } : { reply: session };
      }),
    );
    const first = send("bob", "0");
    const results = await Promise.allSettled(
      ["1", "bad", "2"].map((session) => send("bob", session)),
    );
    expect(await first).toBe("0");
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: expect.any(PeerUnreachable) as unknown });
  });

  test("that answer too little fail the rest", async () => {
    const { send } = peersOver(() => []);
    await expect(send("bob", "1")).rejects.toThrow(PeerUnreachable);
  });
});
