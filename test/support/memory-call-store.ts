/** The call store in memory: what Redis and the scripts do together, in a few lines. */
import type { CallKey, CallStore } from "../../src/core/ports.ts";
import type { CallState, Role } from "../../src/protocol/calls.ts";
import type { UserInfo } from "../../src/protocol/user-info.ts";

interface Session {
  readonly caller: string;
  readonly callee: string;
  readonly state: CallState;
  readonly until: number;
  readonly by?: string;
  readonly callerInfo?: UserInfo;
}

interface Lock {
  readonly session: string;
  readonly peer: string;
  readonly role: Role;
  readonly since: number;
  readonly until: number;
}

/** A call store with a look behind its back. */
export interface MemoryCallStore extends CallStore {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly locks: ReadonlyMap<string, Lock>;
  /** Loses everything, as a Redis without persistence does. */
  flush(): void;
}

/** A map whose entries are gone once their time is over. */
class Expiring<V extends { readonly until: number }> extends Map<string, V> {
  readonly #now: () => number;

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  override get(key: string): V | undefined {
    const value = super.get(key);
    if (value === undefined || value.until > this.#now()) return value;
    this.delete(key);
    return undefined;
  }
}

const sides = (call: CallKey): readonly (readonly [Role, string, string])[] => [
  ["caller", call.caller, call.callee],
  ["callee", call.callee, call.caller],
];

/** Makes an empty store. `now`: milliseconds since the epoch. */
export function memoryCallStore(now: () => number): MemoryCallStore {
  const sessions = new Expiring<Session>(now);
  const locks = new Expiring<Lock>(now);

  return {
    sessions,
    locks,
    flush() {
      sessions.clear();
      locks.clear();
    },

    async start(call, callerInfo, holdMs, over) {
      const until = now() + holdMs;
      for (const [side, user] of sides(call)) {
        const lock = locks.get(user);
        if (!lock || lock.session === call.session || over.includes(lock.session)) continue;
        const { session, peer, role, since } = lock;
        return { ok: false, lock: { side, session, peer, role, ageMs: now() - since } };
      }
      const { session, caller, callee } = call;
      const taken = sides(call).every(([, user]) => locks.get(user)?.session === session);
      const known = sessions.get(session);
      if (taken && known) return { ok: true };
      for (const [role, user, peer] of sides(call)) {
        locks.set(user, { session, peer, role, since: now(), until });
      }
      sessions.set(
        session,
        known ? { ...known, until } : { caller, callee, callerInfo, state: "ringing", until },
      );
      return { ok: true };
    },

    async change(call, rule, attempt, holdMs) {
      const known = sessions.get(call.session);
      if (!known) return { outcome: "missing" };
      const again = known.state === rule.to && known.by === attempt;
      if (!again && !rule.from.includes(known.state)) {
        return { outcome: "state", state: known.state };
      }
      const until = now() + holdMs;
      sessions.set(call.session, { ...known, state: rule.to as CallState, by: attempt, until });
      for (const [, user] of sides(call)) {
        const lock = locks.get(user);
        if (lock?.session === call.session) locks.set(user, { ...lock, until });
      }
      return { outcome: "changed", callerInfo: known.callerInfo };
    },

    async end(call) {
      for (const [, user] of sides(call)) {
        if (locks.get(user)?.session === call.session) locks.delete(user);
      }
      sessions.delete(call.session);
    },

    async refresh(call, state, holdMs) {
      const { session, caller, callee } = call;
      const held = sides(call).map(([, user]) => locks.get(user));
      if (held.some((lock) => lock && lock.session !== session)) return "taken";
      const until = now() + holdMs;
      for (const [role, user, peer] of sides(call)) {
        const since = locks.get(user)?.since ?? now();
        locks.set(user, { session, peer, role, since, until });
      }
      sessions.set(session, { ...sessions.get(session), caller, callee, state, until });
      return "kept";
    },

    async find(session) {
      const known = sessions.get(session);
      return known && { caller: known.caller, callee: known.callee, state: known.state };
    },
  };
}
