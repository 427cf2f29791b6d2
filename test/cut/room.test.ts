/** A room's whole life, cut at every message in every way: nothing is lost, nothing comes twice. */
import { abortAllDurableObjects, evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { someone } from "../support/client.ts";
import { ResumingClient } from "../support/resuming-client.ts";
import { dial } from "../support/resuming.ts";

type Pair = readonly [owner: ResumingClient, guest: ResumingClient];

/** Hibernation is no cut: the platform lets no object sleep that has work under way (see ROOM-22). */
const cuts: Record<string, (pair: Pair) => Promise<unknown>> = {
  "both sockets": (pair) => Promise.all(pair.map((client) => client.cut())),
  "the objects, reset": (pair) => restart(pair, () => abortAllDurableObjects()),
  "the objects, with their sockets": (pair) =>
    restart(pair, () => evictAllDurableObjects({ webSockets: "close" })),
};

async function restart(pair: Pair, how: () => Promise<unknown>): Promise<void> {
  for (const client of pair) client.forget();
  await how();
  await Promise.all(pair.map((client) => client.connect()));
}

/** What a client was told, acknowledgements apart: those of parallel requests come in any order. */
function summary(client: ResumingClient): string[] {
  const answered = new Set<string>();
  return client.events.flatMap(({ type, ref, payload }) => {
    const again = ref !== undefined && answered.has(ref);
    if (ref !== undefined) answered.add(ref);
    if (again || type === "ack") return [];
    const { description, candidate, reason, code } = payload;
    return [`${type} ${JSON.stringify(description ?? candidate ?? reason ?? code ?? null)}`];
  });
}

async function play(at: number, cut: (pair: Pair) => Promise<unknown>) {
  const pair: Pair = [
    new ResumingClient(someone("owner"), "a", dial),
    new ResumingClient(someone("guest"), "b", dial),
  ];
  const [owner, guest] = pair;
  let received = 0;
  let cutting: Promise<unknown> | undefined;
  for (const client of pair) {
    client.onEvent = () => {
      received += 1;
      if (received === at) cutting = cut(pair);
    };
  }
  await Promise.all(pair.map((client) => client.connect()));
  if (at === 0) cutting = cut(pair);

  const { payload: made } = await owner.request("room.create", { room: someone("room") });
  const { room } = made;
  const joined = guest.request("room.join", { room });
  const { payload: asked } = await owner.event("room.join_requested");
  await owner.request("room.accept", { room, peer_id: asked["peer_id"] });
  const { payload: inside } = await joined;
  const ice = (client: ResumingClient, to: unknown, names: string[]) =>
    Promise.all(
      names.map((candidate) =>
        client.request("room.signal", { to, room, candidate: { candidate } }),
      ),
    );
  const to = inside["peer_id"];
  await owner.request("room.signal", { to, room, description: { type: "offer", sdp: "o" } });
  await guest.event("room.signal");
  await Promise.all([
    ice(owner, to, ["o-1", "o-2", "o-3"]),
    ice(guest, made["peer_id"], ["g-1", "g-2", "g-3"]),
  ]);
  await guest.request("room.leave", { room });
  await owner.event("room.peer_left");
  await owner.request("room.leave", { room });
  await cutting;
  return { pair, received };
}

describe("a room that is cut", () => {
  it(
    "CUT-3 comes out the same at every message, however it is cut",
    { timeout: 120_000 },
    async () => {
      const whole = await play(-1, async () => {});
      const expected = whole.pair.map(summary);
      const line = (candidate: string) => `room.signal ${JSON.stringify({ candidate })}`;
      expect(expected[0]).toEqual([
        "room.created null",
        "room.join_requested null",
        "room.peer_joined null",
        ...["g-1", "g-2", "g-3"].map(line),
        'room.peer_left "left"',
      ]);
      for (const [name, cut] of Object.entries(cuts)) {
        for (let at = 0; at <= whole.received; at += 1) {
          const where = `${name}, after event ${at}`;
          const { pair } = await play(at, cut);
          expect(pair.map(summary), where).toEqual(expected);
          for (const client of pair) {
            const numbers = client.events.map(({ seq }) => seq);
            expect(numbers, where).toEqual(numbers.map((_, index) => index + 1));
          }
        }
      }
    },
  );
});
