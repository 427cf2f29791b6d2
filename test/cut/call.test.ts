/** A whole call, cut at every message in every way: nothing is lost, nothing comes twice. */
import { abortAllDurableObjects, evictAllDurableObjects } from "cloudflare:test";
import { describe, it } from "vitest";
import { expectNothingLost, restart, type Cut } from "../support/cut-call.ts";
import { dial } from "../support/resuming.ts";

/** Every way in which a connection, or an object, can be cut; test/deploy has one more. */
const cuts: Readonly<Record<string, Cut>> = {
  "the caller's socket": ({ alice }) => alice.cut(),
  "the callee's socket": ({ bob }) => bob.cut(),
  "both sockets": ({ alice, bob }) => Promise.all([alice.cut(), bob.cut()]),
  "the objects, reset": (pair) => restart(pair, () => abortAllDurableObjects()),
  "the objects, with their sockets": (pair) =>
    restart(pair, () => evictAllDurableObjects({ webSockets: "close" })),
  "the objects, hibernating": () => evictAllDurableObjects(),
};

describe("a call that is cut", () => {
  it.each(Object.entries(cuts))(
    "CUT-1 comes out the same at every message: %s",
    { timeout: 60_000 },
    (name, cut) => expectNothingLost(name, cut, dial),
  );
});
