/** STUN and TURN servers for who is connected. */
import { refuse, ProtocolError } from "../protocol/errors.ts";
import type { Handler } from "./feature.ts";

/** Most requests of one user in a minute. In memory: a user that hammers is awake. */
const PER_MINUTE = 60;
const MINUTE_MS = 60_000;

const asked = new WeakMap<object, number[]>();

const get: Handler<unknown> = async (host, call) => {
  const recent = (asked.get(host) ?? []).filter((at) => at > host.now() - MINUTE_MS);
  if (recent.length >= PER_MINUTE) {
    throw new ProtocolError("rate_limited", refuse.tooMany().message, { retry_after: 60 });
  }
  asked.set(host, [...recent, host.now()]);
  call.answer({ type: "ice.servers", payload: await host.ice(host.user) });
};

export const ice = { handlers: { "ice.get": get }, hooks: {} };
