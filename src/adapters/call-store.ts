/** Call sessions and user locks in Redis. Keys are this file's own; every change is one script. */
import changeCall from "../../lua/change_call.lua";
import endCall from "../../lua/end_call.lua";
import refreshCall from "../../lua/refresh_call.lua";
import startCall from "../../lua/start_call.lua";
import type { Role, CallState } from "../protocol/calls.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import { StoreUnavailable, type CallKey, type CallStore } from "../core/ports.ts";
import type { RunCommand } from "./redis.ts";

const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const sessionKey = (session: string) => `call:session:${session}`;
const userKey = (user: string) => `call:user:${user}`;
const keysOf = (call: CallKey) => [
  sessionKey(call.session),
  userKey(call.caller),
  userKey(call.callee),
];

/**
 * The call store over Redis.
 *
 * Scripts are sent whole: their text is short, and so a command never has to be sent twice because
 * the server has forgotten a script.
 */
export function redisCallStore(run: RunCommand): CallStore {
  const evaluate = (script: string, call: CallKey, args: readonly string[]) =>
    run((redis) => redis.eval<string[], string[]>(script, keysOf(call), [call.session, ...args]));

  return {
    async start(call, callerInfo, holdMs, over) {
      const args = [
        call.caller,
        call.callee,
        JSON.stringify(callerInfo),
        String(holdMs),
        over.join(","),
      ];
      const [status, side, session, peer, role, age] = await evaluate(startCall, call, args);
      if (status === "ok") return { ok: true };
      if (status !== "busy" || !session) throw unexpected(status);
      const lock = {
        side: side as Role,
        session,
        peer: peer ?? "",
        role: role as Role,
        ageMs: Number(age),
      };
      return { ok: false, lock };
    },

    async change(call, rule, attempt, holdMs) {
      const args = [rule.from.join(","), rule.to, attempt, String(holdMs)];
      const [status, detail] = await evaluate(changeCall, call, args);
      if (status === "ok") return { outcome: "changed", callerInfo: parseInfo(detail) };
      if (status === "state") return { outcome: "state", state: detail as CallState };
      if (status === "missing") return { outcome: "missing" };
      throw unexpected(status);
    },

    async end(call) {
      await evaluate(endCall, call, []);
    },

    async refresh(call, state, holdMs) {
      const args = [call.caller, call.callee, state, String(holdMs)];
      const [status] = await evaluate(refreshCall, call, args);
      return status === "taken" ? "taken" : "kept";
    },

    async find(session) {
      // Ours are UUIDs; anything else need not travel to be unknown.
      if (!SESSION_ID.test(session)) return undefined;
      const fields = ["caller", "callee", "state"] as const;
      const found = await run((redis) => redis.hmget(sessionKey(session), ...fields));
      const [caller, callee, state] = Array.isArray(found) ? found : Object.values(found ?? {});
      if (typeof caller !== "string" || typeof callee !== "string") return undefined;
      return { caller, callee, state: state as CallState };
    },
  };
}

function parseInfo(text: string | undefined): UserInfo | undefined {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as UserInfo;
  } catch {
    return undefined;
  }
}

function unexpected(status: string | undefined): StoreUnavailable {
  return new StoreUnavailable(`the script answered ${String(status)}`);
}
