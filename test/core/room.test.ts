/** The law of a room against a model that is written in another way: sets and lists, and no events. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { act, lapse, relay } from "../../src/core/room.ts";
import type { Outcome, RoomPeer, RoomRequest, RoomState } from "../../src/core/room-state.ts";

const IDS = ["a", "b", "c", "d", "e", "f"];
const MAX = 4;
const KNOCK_MS = 60;

const peer = (id: string): RoomPeer => ({ id, at: `user:${id}`, user: { user_id: `u-${id}` } });

/** What anybody could say of a room by having watched it. */
class Model {
  owner = "";
  members: string[] = [];
  cohosts = new Set<string>();
  banned = new Set<string>();
  asking = new Map<string, number>();
  locked = false;

  /** Does what was asked, and says what came of it: a refusal, or who hears what. */
  do(request: RoomRequest, now: number): string[] {
    switch (request.kind) {
      case "create": {
        const { id } = request.peer;
        if (this.members.length > 0) return [`${id} create_rejected`];
        Object.assign(this, new Model(), { owner: id, members: [id] });
        return [`${id} created`];
      }
      case "join":
        return this.#join(request.peer.id, now);
      case "withdraw":
        if (this.members.length === 0) return ["room_not_found"];
        return this.asking.delete(request.by) ? [] : ["no_pending"];
      case "accept":
      case "reject":
        return this.#decide(request.kind, request.by, request.target);
      case "leave": {
        const { by, reason } = request;
        if (this.members.length === 0) return ["room_not_found"];
        if (this.members.includes(by)) {
          this.asking.delete(by);
          return this.#remove(by);
        }
        if (reason === "left") return ["not_authorized"];
        this.asking.delete(by);
        return [];
      }
      case "kick":
      case "ban":
        return this.#expel(request.kind, request.by, request.target);
      case "lock":
        if (this.members.length === 0) return ["room_not_found"];
        if (request.by !== this.owner) return ["not_authorized"];
        this.locked = request.locked;
        return [];
      case "cohost":
        return this.#cohost(request.by, request.target, request.on);
      case "info":
        return this.members.length === 0 ? ["room_not_found"] : [];
    }
  }

  /** Requests that have waited for too long. */
  lapse(now: number): string[] {
    const late = [...this.asking].filter(([, until]) => until <= now).map(([id]) => id);
    for (const id of late) this.asking.delete(id);
    return late.map((id) => `${id} join_rejected`);
  }

  #mayAdmit(id: string): boolean {
    return id === this.owner || this.cohosts.has(id);
  }

  #hosts(): string[] {
    return this.members.filter((id) => this.#mayAdmit(id));
  }

  #join(id: string, now: number): string[] {
    if (this.members.length === 0) return [`${id} join_rejected`];
    if (this.members.includes(id)) return [`${id} joined`];
    this.asking.delete(id);
    if (this.banned.has(id) || this.locked || this.members.length >= MAX) {
      return [`${id} join_rejected`];
    }
    this.asking.set(id, now + KNOCK_MS);
    return this.#hosts().map((host) => `${host} join_requested`);
  }

  #decide(kind: "accept" | "reject", by: string, target: string): string[] {
    if (this.members.length === 0) return ["room_not_found"];
    if (!this.#mayAdmit(by)) return ["not_authorized"];
    if (!this.asking.delete(target)) return ["no_pending"];
    if (kind === "reject" || this.members.length >= MAX) return [`${target} join_rejected`];
    const told = this.members.map((id) => `${id} peer_joined`);
    this.members.push(target);
    return [...told, `${target} joined`];
  }

  #expel(kind: "kick" | "ban", by: string, target: string): string[] {
    if (this.members.length === 0) return ["room_not_found"];
    if (by !== this.owner) return ["not_authorized"];
    if (target === by) return ["peer_not_found"];
    const isMember = this.members.includes(target);
    const asked = kind === "ban" && this.asking.delete(target);
    if (!isMember && !asked) return ["peer_not_found"];
    if (kind === "ban") this.banned.add(target);
    const left = isMember ? [...this.#remove(target), `${target} peer_left`] : [];
    return [...left, ...(asked ? [`${target} join_rejected`] : [])];
  }

  #cohost(by: string, target: string, on: boolean): string[] {
    if (this.members.length === 0) return ["room_not_found"];
    if (by !== this.owner) return ["not_authorized"];
    if (target === by || !this.members.includes(target)) return ["peer_not_found"];
    if (this.cohosts.has(target) === on) return [];
    if (!on) this.cohosts.delete(target);
    else this.cohosts.add(target);
    return on ? [...this.asking].map(() => `${target} join_requested`) : [];
  }

  #remove(id: string): string[] {
    this.members = this.members.filter((other) => other !== id);
    this.cohosts.delete(id);
    if (this.members.length === 0) {
      const asked = [...this.asking.keys()];
      Object.assign(this, new Model());
      return asked.map((other) => `${other} join_rejected`);
    }
    const told = this.members.map((other) => `${other} peer_left`);
    if (id !== this.owner) return told;
    this.owner = this.members.find((other) => this.cohosts.has(other)) ?? this.members[0] ?? "";
    this.cohosts.delete(this.owner);
    return [...told, ...[...this.asking].map(() => `${this.owner} join_requested`)];
  }
}

/** What came of a request, in the model's words. */
function seen({ notices, refusal }: Outcome): string[] {
  if (refusal !== undefined) return [refusal];
  return notices.map(({ to, event }) => `${to.id} ${event.type.replace("room.", "")}`);
}

function view(state: RoomState | undefined) {
  return {
    owner: state?.owner ?? "",
    members: state?.members.map(({ id }) => id) ?? [],
    cohosts: (state?.members ?? []).filter(({ cohost }) => cohost).map(({ id }) => id),
    asking: state?.knocks.map((knock) => knock.peer.id) ?? [],
    locked: state?.locked ?? false,
  };
}

const id = fc.constantFrom(...IDS);
const request: fc.Arbitrary<RoomRequest> = fc.oneof(
  id.map((one) => ({ kind: "create" as const, peer: peer(one) })),
  { weight: 5, arbitrary: id.map((one) => ({ kind: "join" as const, peer: peer(one) })) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("accept" as const), by: id, target: id }),
  },
  fc.record({ kind: fc.constant("reject" as const), by: id, target: id }),
  fc.record({ kind: fc.constant("withdraw" as const), by: id }),
  fc.record({
    kind: fc.constant("leave" as const),
    by: id,
    reason: fc.constantFrom("left" as const, "disconnected" as const),
  }),
  fc.record({ kind: fc.constantFrom("kick" as const, "ban" as const), by: id, target: id }),
  fc.record({ kind: fc.constant("lock" as const), by: id, locked: fc.boolean() }),
  fc.record({ kind: fc.constant("cohost" as const), by: id, target: id, on: fc.boolean() }),
);

describe("the law of a room", () => {
  test("ROOM-24 agrees with a model in 1,000 random orders", () => {
    const orders = fc.array(fc.tuple(request, fc.nat(40)), { minLength: 20, maxLength: 60 });
    const check = fc.property(orders, (steps) => {
      const model = new Model();
      let state: RoomState | undefined;
      let now = 0;
      for (const [asked, pause] of steps) {
        now += pause;
        if (state) {
          const late = lapse(state, now);
          expect(seen(late)).toEqual(model.lapse(now));
          state = late.state;
        }
        const outcome = act(state, asked, { room: "r", now, maxMembers: MAX, knockMs: KNOCK_MS });
        expect([asked, seen(outcome).toSorted()]).toEqual([asked, model.do(asked, now).toSorted()]);
        state = outcome.state;
        expect(view(state)).toEqual({
          owner: model.owner,
          members: model.members,
          cohosts: model.members.filter((one) => model.cohosts.has(one)),
          asking: [...model.asking.keys()],
          locked: model.locked,
        });
      }
    });
    fc.assert(check, { numRuns: 1_000 });
  });

  test("ROOM-2 lets the joiner hear last of an admission", () => {
    const around = { room: "r", now: 0, maxMembers: MAX, knockMs: KNOCK_MS };
    let { state } = act(undefined, { kind: "create", peer: peer("a") }, around);
    for (const one of ["b", "c"]) {
      ({ state } = act(state, { kind: "join", peer: peer(one) }, around));
      const { notices, state: next } = act(state, { kind: "accept", by: "a", target: one }, around);
      expect(notices.map(({ last }) => last ?? false)).toEqual([
        ...notices.slice(1).map(() => false),
        true,
      ]);
      state = next;
    }
  });

  test("ROOM-3 relays from members to other members only", () => {
    const around = { room: "r", now: 0, maxMembers: MAX, knockMs: KNOCK_MS };
    const { state } = act(undefined, { kind: "create", peer: peer("a") }, around);
    const to = (target: string, by = "a") =>
      relay(state, { by, target, what: "candidate", json: "{}" });
    expect([to("a"), to("b"), to("a", "b"), to("r")]).toEqual([
      "peer_not_found",
      "peer_not_found",
      "not_authorized",
      "peer_not_found",
    ]);
    expect(relay(undefined, { by: "a", target: "b", what: "candidate", json: "{}" })).toBe(
      "room_not_found",
    );
  });
});
