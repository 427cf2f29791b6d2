import fc, { type Scheduler } from "fast-check";
import { expect, test } from "vitest";
import type { Client } from "../../support/world/client.ts";
import { run } from "../../support/world/pacing.ts";
import {
  ALERT,
  android,
  ask,
  callToken,
  ios,
  reachable,
  VOIP,
} from "../../support/world/pushing.ts";
import { World } from "../../support/world.ts";

const PATIENCE = { timeout: 120_000 };
const ORDERS = 1_000;

/** What may happen to a call while it rings, at any moment. Bob has a phone and a tablet. */
const events = [
  "the phone comes",
  "the phone is lost",
  "the tablet comes",
  "the tablet rings",
  "the phone accepts",
  "the tablet rejects",
  "the phone accepts over HTTP",
  "the caller ends",
  "the caller is lost",
  "two seconds pass",
  "the time is up",
] as const;
type Event = (typeof events)[number];

const several = fc.array(fc.constantFrom(...events), { minLength: 2, maxLength: 9 });
const failures = fc.array(fc.nat(3), { maxLength: 6 });

class Play {
  readonly world = new World();
  phone: Client | undefined;
  tablet: Client | undefined;
  ann: Client | undefined;
  session = "";

  happen(event: Event): unknown {
    const { world, phone, tablet, ann } = this;
    const payload = { session_id: this.session };
    switch (event) {
      case "the phone comes":
        return (this.phone = world.connect("bob", { label: "phone" }));
      case "the phone is lost":
        return phone?.close();
      case "the tablet comes":
        return (this.tablet = world.connect("bob", { label: "tablet", ack: true }));
      case "the tablet rings":
        return tablet?.send("call.ring_ack", payload);
      case "the phone accepts":
        return phone?.send("call.accept", payload);
      case "the tablet rejects":
        return tablet?.send("call.reject", payload);
      case "the phone accepts over HTTP": {
        const asked = { session: this.session, token: callToken(world, "droid") };
        return ask(world, "bob", "call.accept", asked);
      }
      case "the caller ends":
        return ann?.send("call.end", payload);
      case "the caller is lost":
        return ann?.close(1000);
      case "two seconds pass":
        world.skip(2_000);
        return world.alarm("bob");
      case "the time is up":
        world.skip(48_000);
        world.alarm("ann");
        return world.alarm("bob");
    }
  }
}

/** Plays a call in the scheduler's order, with some attempts put off by the provider. */
async function play(s: Scheduler, given: readonly Event[], failing: readonly number[]) {
  const it = new Play();
  const { world } = it;
  await reachable(world, "bob", android(), ios());
  const left = [...failing];
  world.push.outcome = () =>
    left.shift() === 0 ? { outcome: "later", detail: "status 503" } : { outcome: "taken" };
  world.push.pace = (to, leg) => s.schedule(Promise.resolve(), `push to ${to}, ${leg}`);
  world.network.pace = ({ kind, leg }) => s.schedule(Promise.resolve(), `${kind}, ${leg}`);
  it.ann = world.connect("ann");
  void it.ann.send("call.start", { callee_id: "bob" });
  void s.schedule(Promise.resolve(), "start").then(() => {
    it.session = world.callOf("bob")?.session ?? "";
  });
  for (const event of given) {
    void s.schedule(Promise.resolve(), event).then(() => {
      it.session ||= world.callOf("bob")?.session ?? "";
      return it.happen(event);
    });
  }
  await run(world, s);
  world.push.pace = () => {};
  await it.ann.send("call.end", { session_id: it.session });
  await world.pass(120_000);
  world.expectSound();
  return world;
}

test(
  "PUSH-17 a device is pushed once per call, and a cancel goes only where a ring went",
  PATIENCE,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), several, failures, async (s, given, failing) => {
        const world = await play(s, given, failing);
        const taken = (to: string, kind: string) =>
          world.push.pushed.filter(
            (push) => push.to === to && push.note.kind === kind && push.outcome === "taken",
          ).length;
        expect(world.push.heard(ALERT).filter((line) => line.endsWith(" ring"))).toEqual([]);
        for (const [voice, other] of [
          ["droid", "droid"],
          [VOIP, ALERT],
        ] as const) {
          const rings = taken(voice, "ring");
          expect(rings).toBeLessThanOrEqual(1);
          expect(taken(other, "cancel")).toBeLessThanOrEqual(rings);
          expect(taken(other, "missed")).toBeLessThanOrEqual(rings);
        }
        expect(world.remains()).toEqual([]);
      }),
      { numRuns: ORDERS },
    );
  },
);
