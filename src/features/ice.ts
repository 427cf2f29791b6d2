/** STUN and TURN servers for who is connected. */
import { spend } from "../core/allowance.ts";
import { refuse, ProtocolError } from "../protocol/errors.ts";
import type { Handler } from "./feature.ts";

/** Requests of one user. In memory: a user that hammers is awake. */
const REQUESTS = { most: 60, spanMs: 60_000 } as const;

const asked = new WeakMap<object, readonly number[]>();

const get: Handler<unknown> = async (host, call) => {
  const { times, waitSeconds } = spend(asked.get(host) ?? [], host.now(), REQUESTS);
  asked.set(host, times);
  if (waitSeconds > 0) {
    const { message } = refuse.tooMany();
    throw new ProtocolError("rate_limited", message, { retry_after: waitSeconds });
  }
  call.answer({ type: "ice.servers", payload: await host.ice(host.user) });
};

export const ice = { handlers: { "ice.get": get }, hooks: {} };
