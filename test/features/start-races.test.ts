import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Client } from "../support/world/client.ts";
import { NO_LOSSES, pace, run, someLosses, type Losses } from "../support/world/pacing.ts";
import { World } from "../support/world.ts";

const USERS = ["ann", "bob", "cem"] as const;

/** Hundreds of worlds are played through, and machines may be busy. */
const PATIENCE = { timeout: 60_000 };

/** One user wants to call another. */
interface Wish {
  readonly from: string;
  readonly to: string;
  readonly glare: object;
}

const wishes: fc.Arbitrary<readonly Wish[]> = fc.array(
  fc
    .record({
      from: fc.constantFrom(...USERS),
      to: fc.constantFrom(...USERS),
      glare: fc.constantFrom({}, { glare: "join" }),
    })
    .filter(({ from, to }) => from !== to),
  { minLength: 2, maxLength: 5 },
);

const errors = ["user_busy", "user_offline", "internal_error"];

/** Lets users call each other at once, and says what each start was answered. */
async function play(s: fc.Scheduler, given: readonly Wish[], losses: Losses) {
  const world = new World();
  const clients = Object.fromEntries(USERS.map((user) => [user, world.connect(user)]));
  pace(world, s, losses);
  for (const [ref, { from, to, glare }] of given.entries()) {
    void s.schedule(Promise.resolve(), `${from} calls ${to}`).then(() => {
      const payload = { callee_id: to, ...glare };
      return clients[from]?.send("call.start", payload, { ref: `${ref}` });
    });
  }
  await run(world, s);
  const answers = given.map(({ from }, ref) => {
    const mine = clients[from]?.received.filter((message) => message.ref === `${ref}`) ?? [];
    return mine.map(({ type, payload }) => (type === "error" ? payload["code"] : type));
  });
  return { world, clients, answers };
}

/** Every live call has two ends, which agree, and the store's locks are those of the live calls. */
function expectMatching(world: World): void {
  for (const user of USERS) {
    const call = world.callOf(user);
    if (!call) continue;
    const { session, peer, state } = call;
    expect(world.callOf(peer)).toMatchObject({ session, peer: user, state });
    expect(world.store.memory.locks.get(user)).toMatchObject({ session, peer, role: call.role });
  }
  const live = USERS.filter((user) => world.callOf(user));
  const held = USERS.filter((user) => world.store.memory.locks.get(user));
  expect(held).toEqual(live);
}

async function endAll(world: World, clients: Record<string, Client>): Promise<void> {
  for (const user of USERS) {
    const session_id = world.callOf(user)?.session;
    if (session_id !== undefined) await clients[user]?.send("call.end", { session_id });
  }
  await world.pass(60_000);
  expect(world.remains()).toEqual([]);
}

describe("simultaneous starts", () => {
  test(
    "STORE-4 leave every user in one call at most, and each start is answered once",
    PATIENCE,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), wishes, async (s, given) => {
          const { world, clients, answers } = await play(s, given, NO_LOSSES);
          world.expectSound();
          for (const answer of answers) {
            expect(answer).toHaveLength(1);
            expect(["call.ringing", "call.joined", ...errors.slice(0, 2)]).toContain(answer[0]);
          }
          expectMatching(world);
          expect(answers.flat()).toContain("call.ringing");
          await endAll(world, clients);
        }),
        { numRuns: 100 },
      );
    },
  );

  test(
    "GLARE-1 of two that call each other, one call is made, whoever joins",
    PATIENCE,
    async () => {
      const both = fc.tuple(fc.constantFrom({}, { glare: "join" }), fc.boolean());
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), both, async (s, [glare, twice]) => {
          const ann = { from: "ann", to: "bob", glare } as const;
          const bob = { from: "bob", to: "ann", glare } as const;
          const { world, clients, answers } = await play(
            s,
            twice ? [ann, bob, ann] : [ann, bob],
            NO_LOSSES,
          );
          world.expectSound();
          expectMatching(world);
          const calls = USERS.map((user) => world.callOf(user)?.session).filter(Boolean);
          expect(new Set(calls).size).toBe(1);
          expect(answers.flat().filter((answer) => answer === "call.ringing")).toHaveLength(1);
          await endAll(world, clients);
        }),
        { numRuns: 100 },
      );
    },
  );

  test("OBJ-7 leave nobody busy, also when messages and answers are lost", PATIENCE, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), wishes, someLosses, async (s, given, lost) => {
        const { world, clients, answers } = await play(s, given, lost);
        world.expectSound();
        for (const answer of answers) expect(answer.length).toBeLessThanOrEqual(1);
        await world.pass(20_000);
        await endAll(world, clients);
      }),
      { numRuns: 100 },
    );
  });
});
