/**
 * Several users' objects in one process: the product as it is, on ports in memory. Time is a number that
 * only a test moves; what travels between objects, and to the store, can be held, cut and repeated.
 */
import { expect, onTestFinished } from "vitest";
import type { LiveCall } from "../../src/core/live-call.ts";
import { ring } from "../../src/features/index.ts";
import type { Settings } from "../../src/features/feature.ts";
import { Client, type Device } from "./world/client.ts";
import { Network } from "./world/network.ts";
import { Providers } from "./world/providers.ts";
import { FaultyStore } from "./world/store.ts";
import { UserObject } from "./world/user-object.ts";

/** One log line. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A world with no users yet. */
export class World {
  now = Date.UTC(2026, 10, 1);
  readonly settings: Settings = {
    callWaiting: false,
    ringMs: 45_000,
    graceMs: 15_000,
    directSignaling: "rooms",
    maxChannels: 100,
    channelRights: ["subscribe", "publish", "presence", "history"],
    chatHistory: 0,
  };
  readonly store = new FaultyStore(() => this.now);
  readonly network = new Network((user) => this.user(user), this);
  readonly push = new Providers(() => this.now);
  readonly log: LogLine[] = [];
  /** What users' sockets got and what their objects logged, in order. */
  readonly history: string[] = [];
  /** What must never happen: defects, and events that the protocol does not describe. */
  readonly faults: string[] = [];
  readonly #users = new Map<string, UserObject>();
  #ids = 0;

  /** A user's object, as if by name. */
  user(name: string): UserObject {
    const known = this.#users.get(name) ?? new UserObject(name, this);
    this.#users.set(name, known);
    return known;
  }

  /** Connects a socket of a user; by default the one device of a user named by `hash`. */
  connect(user: string, device: Device = {}): Client {
    return new Client(this.user(user), device);
  }

  uuid(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, "0")}`;
  }

  /** Keeps an eye on work that goes on by itself. */
  watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.faults.push(`unhandled: ${String(error)}`));
  }

  /** Lets everything happen that can happen without time passing. */
  async quiet(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass, in milliseconds; alarms ring when they are due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.quiet();
    for (;;) {
      const due = [...this.#users.values()]
        .flatMap((user) => [...user.deadlines].map(([name, at]) => ({ user, name, at })))
        .filter(({ at }) => at <= end)
        .toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.now = Math.max(this.now, due.at);
      due.user.deadlines.delete(due.name);
      this.watch(ring(due.user.host, due.name));
      await this.quiet();
    }
    this.now = end;
  }

  /** Rings what is due in a user's object. */
  alarm(name: string): void {
    const { deadlines, host } = this.user(name);
    for (const [alarm, at] of [...deadlines]) {
      // What rang before may have moved it, or cleared it.
      if (at > this.now || deadlines.get(alarm) !== at) continue;
      deadlines.delete(alarm);
      this.watch(ring(host, alarm));
    }
  }

  /** Lets time pass with no alarm ringing: they are late. */
  skip(ms: number): void {
    this.now += ms;
  }

  /** What is left of calls, anywhere: nothing, once everybody is idle and everything is paid. */
  remains(): string[] {
    const users = [...this.#users.values()].flatMap((user) => user.remains());
    const { sessions, locks } = this.store.memory;
    const records = [...sessions.keys()].filter((id) => sessions.get(id));
    const held = [...locks.keys()].filter((name) => locks.get(name));
    return [
      ...users,
      ...records.map((id) => `store: session ${id}`),
      ...held.map((name) => `store: user ${name}`),
    ];
  }

  /** The call that a user's object believes in, if any. */
  callOf(name: string): LiveCall | undefined {
    return this.user(name).rows.get("call") as LiveCall | undefined;
  }

  /** Fails when something happened that never may. */
  expectSound(): void {
    expect(this.faults).toEqual([]);
  }
}

/** A world for one test, which fails if the world turns out unsound. */
export function newWorld(): World {
  const world = new World();
  onTestFinished(() => world.expectSound());
  return world;
}

/** A call that rings: Ann calls Bob. Nothing of it is left in their inboxes. */
export async function ringing(world: World, start: object = {}) {
  const ann = world.connect("ann");
  const bob = world.connect("bob");
  await ann.send("call.start", { callee_id: "bob", ...start });
  const session = String(ann.last("call.ringing")["session_id"]);
  bob.last("call.ring");
  ann.take();
  bob.take();
  return { ann, bob, session };
}

/** A call that rings on three devices of Bob. */
export async function ringingOnThree(world: World) {
  const phone = world.connect("bob", { label: "phone" });
  const tablet = world.connect("bob", { label: "tablet" });
  const call = await ringing(world);
  for (const client of [phone, tablet]) client.take();
  return { ...call, phone, tablet };
}

/** A call that has been accepted. */
export async function established(world: World) {
  const call = await ringing(world);
  await call.bob.send("call.accept", { session_id: call.session });
  call.ann.last("call.accepted");
  call.ann.take();
  return call;
}
