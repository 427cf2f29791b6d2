/** A whole call, cut at every message in every way: nothing is lost, nothing comes twice. */
import { abortAllDurableObjects, evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { someone } from "../support/client.ts";
import { ResumingClient } from "../support/resuming-client.ts";

interface Pair {
  readonly alice: ResumingClient;
  readonly bob: ResumingClient;
}

/** Every way in which a connection, or an object, can be cut. */
const cuts: Record<string, (pair: Pair) => Promise<unknown>> = {
  "the caller's socket": ({ alice }) => alice.cut(),
  "the callee's socket": ({ bob }) => bob.cut(),
  "both sockets": ({ alice, bob }) => Promise.all([alice.cut(), bob.cut()]),
  "the objects, reset": (pair) => restart(pair, () => abortAllDurableObjects()),
  "the objects, with their sockets": (pair) =>
    restart(pair, () => evictAllDurableObjects({ webSockets: "close" })),
  "the objects, hibernating": () => evictAllDurableObjects(),
};

async function restart({ alice, bob }: Pair, how: () => Promise<unknown>): Promise<void> {
  alice.forget();
  bob.forget();
  await how();
  await Promise.all([alice.connect(), bob.connect()]);
}

/** Events about the other side's connection depend on the cut; everything else must not. */
const about = /^call\.peer_re/;

function summary(client: ResumingClient): string[] {
  // A request that the client sent again before it saw the answer is answered again: by its ref.
  const answered = new Set<string>();
  return client.events
    .filter(({ type }) => !about.test(type))
    .filter(({ ref }) => {
      const again = ref !== undefined && answered.has(ref);
      if (ref !== undefined) answered.add(ref);
      return !again;
    })
    .map(({ type, payload, ref_type }) => {
      const { candidate, sdp, reason } = (payload ?? {}) as Record<string, string | undefined>;
      return [type, ref_type ?? candidate ?? sdp ?? reason ?? ""].join(" ").trim();
    });
}

/** Plays a call; `cut` happens once `at` events have been received by the two together. */
async function play(at: number, cut: (pair: Pair) => Promise<unknown>) {
  const alice = new ResumingClient(someone("alice"), "a");
  const bob = new ResumingClient(someone("bob"), "b");
  let received = 0;
  let cutting: Promise<unknown> | undefined;
  const count = () => {
    received += 1;
    if (received === at) cutting = cut({ alice, bob });
  };
  alice.onEvent = count;
  bob.onEvent = count;
  await Promise.all([alice.connect(), bob.connect()]);
  if (at === 0) cutting = cut({ alice, bob });

  const started = await alice.request("call.start", { callee_id: bob.user });
  const session_id = String(started.payload["session_id"]);
  const ice = (client: ResumingClient, names: string[]) =>
    Promise.all(names.map((candidate) => client.request("webrtc.ice", { session_id, candidate })));
  await ice(alice, ["early-1", "early-2"]);
  await bob.event("call.ring");
  await bob.request("call.accept", { session_id });
  await alice.event("call.accepted");
  await alice.request("webrtc.offer", { session_id, sdp: "offer" });
  await bob.event("webrtc.offer");
  await Promise.all([
    bob.request("webrtc.answer", { session_id, sdp: "answer" }),
    ice(bob, ["b-1", "b-2", "b-3"]),
    ice(alice, ["a-1", "a-2", "a-3"]),
  ]);
  await alice.request("call.end", { session_id });
  await bob.event("call.ended");
  await cutting;
  return { alice, bob, received };
}

describe("a call that is cut", () => {
  it(
    "CUT-1 comes out the same at every message, however it is cut",
    { timeout: 120_000 },
    async () => {
      const whole = await play(-1, async () => {});
      const expected = { alice: summary(whole.alice), bob: summary(whole.bob) };
      expect(split(expected.bob).events).toEqual([
        "call.ring",
        ...["early-1", "early-2"].map((name) => `webrtc.ice ${name}`),
        "webrtc.offer offer",
        ...["a-1", "a-2", "a-3"].map((name) => `webrtc.ice ${name}`),
        "call.ended ended_by_user",
      ]);
      for (const [name, cut] of Object.entries(cuts)) {
        for (let at = 0; at <= whole.received; at += 1) {
          const where = `${name}, after event ${at}`;
          const { alice, bob } = await play(at, cut);
          // What one side sends in parallel may be acknowledged before or after what comes in.
          expect(split(summary(alice)), where).toEqual(split(expected.alice));
          expect(split(summary(bob)), where).toEqual(split(expected.bob));
          for (const client of [alice, bob]) {
            const numbers = client.events.map(({ seq }) => seq);
            expect(numbers, where).toEqual(numbers.map((_, index) => index + 1));
            expect(
              client.welcomes.slice(1).every(({ resumed }) => resumed === true),
              where,
            ).toBe(true);
          }
        }
      }
    },
  );
});

/** Events and acknowledgements, each in their own order. */
function split(lines: string[]) {
  return {
    events: lines.filter((line) => !line.startsWith("ack")),
    acks: lines.filter((line) => line.startsWith("ack")).toSorted(),
  };
}
