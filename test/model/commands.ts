/**
 * Commands: what a run does, in terms that stay meaningful when other commands are taken away, and
 * their random choice. A client's place is a user and a slot; a call is named by one of its users.
 */
import {
  callOf,
  involved,
  isPresent,
  roleOf,
  socketsOf,
  type Person,
  type State,
} from "./state.ts";

export type Command =
  | {
      readonly act: "start";
      readonly at: Place;
      readonly to: number;
      readonly join: boolean;
      readonly ring?: number;
    }
  | { readonly act: RequestAct; readonly at: Place; readonly of: number }
  | { readonly act: "connect"; readonly at: Place; readonly resume: boolean }
  | { readonly act: "close"; readonly at: Place; readonly code?: number }
  | { readonly act: "vanish" | "evict" | "alarm"; readonly user: number }
  | { readonly act: "alarms" };

/** User and slot. */
export type Place = readonly [user: number, slot: number];

const requestActs = ["accept", "reject", "end", "check", "offer", "answer", "ice"] as const;
type RequestAct = (typeof requestActs)[number];

/** Commands at the same instant, after some time has passed. */
export interface Step {
  readonly passMs: number;
  readonly commands: readonly Command[];
}

/** Stands for nobody, or for no call. */
const NONE = -1;
export const SLOTS = 2;

/** A small generator of random numbers (mulberry32): the same seed, the same run. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** One of some values by their weights. */
  weighted<T>(table: readonly (readonly [weight: number, value: T])[]): T {
    let point = this.next() * table.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of table) if ((point -= weight) < 0) return value;
    return (table.at(-1) as readonly [number, T])[1];
  }
}

/** How much time passes before a step: mostly moments, at times past a grace or a ring. */
export function choosePause(chance: Chance): number {
  const [least, most] = chance.weighted<readonly [number, number]>([
    [60, [20, 400]],
    [24, [400, 2_000]],
    [11, [2_000, 9_000]],
    [4, [9_000, 20_000]],
    [1, [40_000, 60_000]],
  ]);
  return least + chance.below(most - least);
}

/** Chooses one command, or two or three at once. */
export function chooseCommands(chance: Chance, people: readonly Person[], state: State): Command[] {
  const count = chance.weighted([
    [70, 1],
    [25, 2],
    [5, 3],
  ]);
  return Array.from({ length: count }, () => choose(chance, people, state));
}

type Choice = (chance: Chance, people: readonly Person[], state: State) => Command;

/** While somebody is called, and while nobody is. */
const choices: Readonly<Record<"busy" | "idle", readonly (readonly [number, Choice])[]>> = {
  busy: [
    [5, start],
    [16, (chance, people, state) => answerRing(chance, people, state, "accept")],
    [3, (chance, people, state) => answerRing(chance, people, state, "reject")],
    [4, (chance, people, state) => about(chance, people, state, "end")],
    [4, (chance, people, state) => about(chance, people, state, "check")],
    [
      22,
      (chance, people, state) =>
        about(chance, people, state, chance.of(["offer", "answer", "ice"])),
    ],
    [2, (chance, people, state) => about(chance, people, state, chance.of(requestActs))],
    [10, comeBack],
    [6, (chance, people, state) => connect(chance, people, state)],
    [9, close],
    [3, (chance, people) => ({ act: "vanish", user: chance.below(people.length) })],
    [5, (chance, people) => ({ act: "evict", user: chance.below(people.length) })],
    [5, (chance, people) => ({ act: "alarm", user: chance.below(people.length) })],
    [2, () => ({ act: "alarms" })],
  ],
  idle: [
    [55, start],
    [2, (chance, people, state) => about(chance, people, state, chance.of(requestActs))],
    [25, (chance, people, state) => connect(chance, people, state)],
    [6, close],
    [2, (chance, people) => ({ act: "vanish", user: chance.below(people.length) })],
    [3, (chance, people) => ({ act: "evict", user: chance.below(people.length) })],
    [3, (chance, people) => ({ act: "alarm", user: chance.below(people.length) })],
    [1, () => ({ act: "alarms" })],
  ],
};

const choose: Choice = (chance, people, state) =>
  chance.weighted(choices[state.calls.length > 0 ? "busy" : "idle"])(chance, people, state);

/** Mostly to somebody else who is there. */
function start(chance: Chance, people: readonly Person[], state: State): Command {
  const at = place(chance, people, state);
  const ringing = callOf(state, at[0]);
  const rival =
    ringing?.callee.user === at[0] && ringing.state === "ringing" ? ringing.caller.user : NONE;
  const others = [...people.keys()].filter((user) => user !== at[0] && isPresent(state, user));
  const to = chance.weighted([
    [others.length > 0 ? 88 : 0, chance.of(others)],
    [8, chance.below(people.length)],
    [4, NONE],
  ]);
  return {
    act: "start",
    at,
    to: rival !== NONE && chance.is(0.6) ? rival : to,
    join: chance.is(0.5),
    ...(chance.is(0.2) ? { ring: 5 + chance.below(20) } : {}),
  };
}

/** Mostly a client whose call waits for it. */
function comeBack(chance: Chance, people: readonly Person[], state: State): Command {
  const away = state.calls
    .flatMap(({ caller, callee }) => [caller, callee])
    .filter((side) => involved(state, side).length === 0);
  if (away.length === 0) return connect(chance, people, state);
  const { user, device } = chance.of(away);
  if (device?.startsWith("label ") !== true) return connect(chance, people, state, user);
  return { act: "connect", at: [user, Number(device.slice(6))], resume: chance.is(0.4) };
}

/** Mostly by somebody who is being rung. */
function answerRing(
  chance: Chance,
  people: readonly Person[],
  state: State,
  act: RequestAct,
): Command {
  const rung = state.calls
    .filter((call) => call.state === "ringing")
    .map((call) => call.callee.user);
  if (rung.length === 0 || chance.is(0.1)) return about(chance, people, state, act);
  const user = chance.of(rung);
  return { act, at: place(chance, people, state, user), of: user };
}

/** Mostly about the sender's own call. */
function about(chance: Chance, people: readonly Person[], state: State, act: RequestAct): Command {
  const busy = state.calls.flatMap((call) => [call.caller.user, call.callee.user]);
  const user = busy.length > 0 && chance.is(0.9) ? chance.of(busy) : chance.below(people.length);
  const of = chance.weighted([
    [88, user],
    [9, chance.below(people.length)],
    [3, NONE],
  ]);
  const call = callOf(state, user);
  const role = call && roleOf(call, user);
  const inCall = socketsOf(state, user).find(({ device }) => role && device === call[role].device);
  const at =
    inCall && chance.is(0.8) ? ([user, inCall.slot] as const) : place(chance, people, state, user);
  return { act, at, of };
}

function connect(
  chance: Chance,
  people: readonly Person[],
  state: State,
  user: number = chance.below(people.length),
): Command {
  const taken = socketsOf(state, user).map(({ slot }) => slot);
  const free = Array.from({ length: SLOTS }, (_, slot) => slot).filter(
    (slot) => !taken.includes(slot),
  );
  const slot = free.length > 0 && chance.is(0.75) ? chance.of(free) : chance.below(SLOTS);
  return { act: "connect", at: [user, slot], resume: chance.is(0.4) };
}

function close(chance: Chance, people: readonly Person[], state: State): Command {
  const at = place(chance, people, state);
  const code = chance.of([1000, 1001, undefined, 3000, 4321]);
  return { act: "close", at, ...(code === undefined ? {} : { code }) };
}

/** A client, mostly a connected one. */
function place(chance: Chance, people: readonly Person[], state: State, user?: number): Place {
  const open = state.sockets.filter((socket) => user === undefined || socket.user === user);
  if (open.length === 0) return [user ?? chance.below(people.length), chance.below(SLOTS)];
  const socket = chance.of(open);
  return [socket.user, socket.slot];
}
