/**
 * The law of a call: which role may do what in which state, and what comes of it.
 *
 * One table, read alike by the features (is it legal?), by the script that decides who was first
 * (a row travels as arguments) and by the tests. Pure: no clock, no waiting.
 */
import type { CallState, Role } from "../protocol/calls.ts";
import { refuse, type ProtocolError } from "../protocol/errors.ts";

/** A row of the table. */
export interface Rule {
  /** Roles that may do it; another one is not authorized. */
  readonly by: readonly Role[];
  /** States in which it may be done. */
  readonly from: readonly CallState[];
  /** State that follows, `over` when the call ends, `same` when nothing changes. */
  readonly to: CallState | "over" | "same";
}

const both = ["caller", "callee"] as const;
const live = ["ringing", "accepted"] as const;

/** What may be done to a live call. */
export const rules = {
  accept: { by: ["callee"], from: ["ringing"], to: "accepted" },
  reject: { by: ["callee"], from: ["ringing"], to: "over" },
  end: { by: both, from: live, to: "over" },
  /** A side's last socket in the call stayed away past the grace. */
  lose: { by: both, from: live, to: "over" },
  /** Nobody answered in time. */
  timeout: { by: both, from: ["ringing"], to: "over" },
  /** No device of the callee can be reached, now or later. */
  unreachable: { by: ["callee"], from: ["ringing"], to: "over" },
  /** A newer call took this one's place. */
  replace: { by: both, from: live, to: "over" },
  /** One device of a ringing callee wants quiet. */
  ignore: { by: ["callee"], from: ["ringing"], to: "same" },
  /** A device of the callee says that it rings. */
  ringAck: { by: ["callee"], from: ["ringing"], to: "same" },
  check: { by: both, from: live, to: "same" },
  signal: { by: both, from: ["accepted"], to: "same" },
  /** The caller may signal before the answer; what it sends waits for the device that accepts. */
  signalEarly: { by: ["caller"], from: ["ringing"], to: "same" },
} as const satisfies Record<string, Rule>;

/** Something that may be done to a call. */
export type Action = keyof typeof rules;

/** An action that ends a call. */
export type Ending = { [A in Action]: (typeof rules)[A]["to"] extends "over" ? A : never }[Action];

/** The verdict on an action. */
export type Verdict = "allowed" | "role" | "state";

/** Says whether a role may do something in a state. The role is tested before the state. */
export function judge(action: Action, role: Role, state: CallState): Verdict {
  const rule: Rule = rules[action];
  if (!rule.by.includes(role)) return "role";
  return rule.from.includes(state) ? "allowed" : "state";
}

/** The refusal that a verdict becomes on the wire, or nothing when the action is allowed. */
export function refusal(verdict: Verdict): ProtocolError | undefined {
  switch (verdict) {
    case "allowed":
      return undefined;
    case "role":
      return refuse.notAuthorized();
    case "state":
      return refuse.transition();
  }
}

/** The other part in a call. */
export function otherRole(role: Role): Role {
  return role === "caller" ? "callee" : "caller";
}
