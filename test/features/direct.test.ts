import { describe, expect, test } from "vitest";
import { newWorld, type World } from "../support/world.ts";
import type { Client } from "../support/world/client.ts";

const flat = (client: Client, frame: object) => client.object.handle(client, JSON.stringify(frame));

function openWorld(): World {
  const world = newWorld();
  Object.assign(world.settings, { directSignaling: "open" });
  return world;
}

describe("direct messages in an open deployment", () => {
  test("DIR-8 go to anybody", async () => {
    const world = openWorld();
    const [ann, bob] = [world.connect("ann"), world.connect("bob")];
    await flat(ann, { type: "offer", to: "bob", data: 1 });
    await world.quiet();
    expect(bob.take()).toEqual([{ type: "offer", to: "bob", data: 1, from: "ann" }]);
    expect(ann.take()).toEqual([]);
  });

  test("DIR-8 tell who is not there, and that guests never are", async () => {
    const world = openWorld();
    const ann = world.connect("ann");
    for (const to of ["bob", "guest:bob", "ann"]) {
      await flat(ann, { type: "offer", to });
      await world.quiet();
      expect(ann.last("error")).toMatchObject({ code: "user_offline", to });
    }
  });

  test("DIR-9 say so when the way to the receiver is cut", async () => {
    const world = openWorld();
    const ann = world.connect("ann");
    world.network.cut({ kind: "direct.message" });
    await flat(ann, { type: "offer", to: "bob", ref: "r" });
    await world.quiet();
    expect(ann.take()).toEqual([
      {
        type: "error",
        payload: {
          code: "internal_error",
          message: "Failed to forward message",
          ref_type: "offer",
          to: "bob",
        },
        ref: "r",
      },
    ]);
  });
});
