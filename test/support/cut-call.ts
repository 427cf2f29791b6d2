/** A whole call between two clients that resume, cut at one of its messages, and what came of it. */
import { expect } from "vitest";
import { ResumingClient, type Dial } from "./resuming-client.ts";

/** The two in the call. */
export interface Pair {
  readonly alice: ResumingClient;
  readonly bob: ResumingClient;
}

/** Cuts something. */
export type Cut = (pair: Pair) => Promise<unknown>;

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
async function play(at: number, cut: Cut, dial: Dial) {
  const run = crypto.randomUUID();
  const alice = new ResumingClient(`alice-${run}`, "a", dial);
  const bob = new ResumingClient(`bob-${run}`, "b", dial);
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

/** Events and acknowledgements, each in their own order. */
function split(lines: string[]) {
  return {
    events: lines.filter((line) => !line.startsWith("ack")),
    acks: lines.filter((line) => line.startsWith("ack")).toSorted(),
  };
}

/** Everything restarts: sockets end without a word, and both come back. */
export async function restart({ alice, bob }: Pair, how: () => Promise<unknown>): Promise<void> {
  alice.forget();
  bob.forget();
  await how();
  await Promise.all([alice.connect(), bob.connect()]);
}

/**
 * Cuts a call at each of its messages, in one way, and expects it to come out as if nothing had been.
 *
 * @param every 3 cuts at every third message only
 */
export async function expectNothingLost(
  name: string,
  cut: Cut,
  dial: Dial,
  every = 1,
): Promise<void> {
  const whole = await play(-1, async () => {}, dial);
  const expected = { alice: summary(whole.alice), bob: summary(whole.bob) };
  expect(split(expected.bob).events).toEqual(WHOLE);
  for (let at = 0; at <= whole.received; at += every) {
    const where = `${name}, after event ${at}`;
    const { alice, bob } = await play(at, cut, dial);
    // What one side sends in parallel may be acknowledged before or after what comes in.
    expect(split(summary(alice)), where).toEqual(split(expected.alice));
    expect(split(summary(bob)), where).toEqual(split(expected.bob));
    for (const client of [alice, bob]) {
      const numbers = client.events.map(({ seq }) => seq);
      expect(numbers, where).toEqual(numbers.map((_, index) => index + 1));
      const later = client.welcomes.slice(1);
      expect(
        later.every(({ resumed }) => resumed === true),
        where,
      ).toBe(true);
    }
  }
}

/** What the callee of the whole call gets. */
const WHOLE = [
  "call.ring",
  ...["early-1", "early-2"].map((name) => `webrtc.ice ${name}`),
  "webrtc.offer offer",
  ...["a-1", "a-2", "a-3"].map((name) => `webrtc.ice ${name}`),
  "call.ended ended_by_user",
];
