import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, otherRole, refusal, rules, type Action, type Rule } from "../../src/core/call.ts";
import type { CallState, Role } from "../../src/protocol/calls.ts";

type Cell = "role" | "state" | CallState | "over" | "same";

/**
 * The contract, cell by cell: the state that follows, or what forbids it. Written down from the wire,
 * not from the code; the tests hold one against the other.
 */
const contract: Record<Action, Record<CallState, Record<Role, Cell>>> = {
  accept: {
    ringing: { caller: "role", callee: "accepted" },
    accepted: { caller: "role", callee: "state" },
  },
  reject: {
    ringing: { caller: "role", callee: "over" },
    accepted: { caller: "role", callee: "state" },
  },
  ignore: {
    ringing: { caller: "role", callee: "same" },
    accepted: { caller: "role", callee: "state" },
  },
  end: {
    ringing: { caller: "over", callee: "over" },
    accepted: { caller: "over", callee: "over" },
  },
  lose: {
    ringing: { caller: "over", callee: "over" },
    accepted: { caller: "over", callee: "over" },
  },
  timeout: {
    ringing: { caller: "over", callee: "over" },
    accepted: { caller: "state", callee: "state" },
  },
  replace: {
    ringing: { caller: "over", callee: "over" },
    accepted: { caller: "over", callee: "over" },
  },
  unreachable: {
    ringing: { caller: "role", callee: "over" },
    accepted: { caller: "role", callee: "state" },
  },
  ringAck: {
    ringing: { caller: "role", callee: "same" },
    accepted: { caller: "role", callee: "state" },
  },
  check: {
    ringing: { caller: "same", callee: "same" },
    accepted: { caller: "same", callee: "same" },
  },
  signal: {
    ringing: { caller: "state", callee: "state" },
    accepted: { caller: "same", callee: "same" },
  },
  signalEarly: {
    ringing: { caller: "same", callee: "role" },
    accepted: { caller: "state", callee: "role" },
  },
};

const states: readonly CallState[] = ["ringing", "accepted"];
const roles: readonly Role[] = ["caller", "callee"];
const actions = Object.keys(contract) as Action[];

const cells = actions.flatMap((action) =>
  states.flatMap((state) =>
    roles.map((role) => ({ action, state, role, cell: contract[action][state][role] })),
  ),
);

/** What the code says of a cell: the state that follows, or what forbids it. */
function ruling(action: Action, role: Role, state: CallState): Cell {
  const verdict = judge(action, role, state);
  return verdict === "allowed" ? rules[action].to : verdict;
}

/** A call carried through some actions; none of them is done once it is over. */
function carry(steps: readonly (readonly [Action, Role])[]) {
  let state: CallState | "over" = "ringing";
  const done: Action[] = [];
  for (const [action, role] of steps) {
    const next: Cell = state === "over" ? "state" : ruling(action, role, state);
    if (next === "role" || next === "state") continue;
    done.push(action);
    if (next !== "same") state = next;
  }
  return { state, done };
}

const steps = fc.array(fc.tuple(fc.constantFrom(...actions), fc.constantFrom(...roles)));

describe("the call table", () => {
  test.each(cells)("CALL-11 $action by the $role of a $state call: $cell", (row) => {
    expect(ruling(row.action, row.role, row.state)).toBe(row.cell);
  });

  test("CALL-11 has no row that the contract does not have", () => {
    expect(Object.keys(rules).toSorted()).toEqual(actions.toSorted());
  });

  test("CALL-11 has no way back, and nothing leaves the end", () => {
    const rank = { ringing: 0, accepted: 1, over: 2 };
    for (const { from, to } of Object.values<Rule>(rules)) {
      expect(from).not.toContain("over");
      if (to !== "same") for (const state of from) expect(rank[to]).toBeGreaterThan(rank[state]);
    }
  });

  test("CALL-11 lets everybody out of every state", () => {
    for (const state of states) {
      for (const role of roles) expect(ruling("end", role, state)).toBe("over");
    }
  });

  test("CALL-9 the role is judged before the state", () => {
    expect(judge("accept", "caller", "accepted")).toBe("role");
    expect(refusal("role")).toMatchObject({ code: "unauthorized", message: "Not authorized" });
    expect(refusal("state")).toMatchObject({
      code: "invalid_state",
      message: "Invalid state transition",
    });
    expect(refusal("allowed")).toBeUndefined();
  });

  test("CALL-12 of any number of answers, one wins", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const answers = carry(given).done.filter((done) => done === "accept" || done === "reject");
        expect(answers.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("CALL-11 a call ends at most once, whatever is tried", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { state, done } = carry(given);
        const endings = done.filter((action) => rules[action].to === "over");
        expect(endings).toHaveLength(state === "over" ? 1 : 0);
        if (state === "over") expect(done.at(-1)).toBe(endings[0]);
      }),
    );
  });

  test("CALL-15 an accepted call never times out", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { done } = carry(given);
        if (done.includes("accept")) expect(done).not.toContain("timeout");
      }),
    );
  });
});

test("the other part of a call is the other one", () => {
  expect(roles.map(otherRole)).toEqual(["callee", "caller"]);
});
