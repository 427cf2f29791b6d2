/** The product's way to push providers, composed of the platform's objects. */
import { sha256 } from "../adapters/hex.ts";
import { providerOf, pushSender } from "../adapters/push-providers.ts";
import { readProviders } from "../adapters/push-settings.ts";
import type { Config } from "../config.ts";
import type { PushPort, PushTarget } from "../core/push.ts";

/** Composes the push port of a user's object. */
export function composePush(env: Env, config: Config): PushPort {
  const providers = readProviders(config);
  const minter = (name: "fcm" | "apns") => (stale?: string) =>
    env.MINTER.getByName(name).mint(stale);
  return {
    callerTokens: config.PUSH_CALLER_TOKENS,
    offers: (os) => providers[providerOf[os]].state === "configured",
    send: pushSender(providers, { fcm: minter("fcm"), apns: minter("apns") }),
    hash: hashOf,
    claim: (hash, user) => env.TOKEN_OWNER.getByName(hash).claim(user),
  };
}

/** SHA-256 of a token or of a subscription's address, in hexadecimal. */
function hashOf(target: PushTarget): Promise<string> {
  const text = target.os === "web" ? target.subscription.endpoint : target.token;
  return sha256(`${target.os}\n${text}`);
}
