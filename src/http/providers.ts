/** What the push providers' variables amount to: for the log, for `/health`, and for browsers. */
import type { Handler } from "hono";
import { readProviders, type Provider, type Providers } from "../adapters/push-settings.ts";
import type { Config } from "../config.ts";
import { createLog } from "../log.ts";
import type { Door } from "./door.ts";
import { plainText } from "./refusal.ts";

/** Problems that this isolate has complained about. */
const known = new Set<string>();

/** Logs what is wrong with a provider: one line each, at the first request. */
export function complain(config: Config): void {
  for (const [provider, read] of Object.entries<Provider<unknown>>(listed(config))) {
    if (read.state !== "invalid") continue;
    const { problem } = read;
    if (known.has(provider + problem)) continue;
    known.add(provider + problem);
    createLog(config.LOG_LEVEL)("warn", "push.invalid", { provider, problem });
  }
}

/** The providers by the names of `/health`. */
function listed(config: Config): Record<keyof Providers, Provider<unknown>> {
  const { fcm, apns, web_push } = readProviders(config);
  return { fcm, apns, web_push };
}

/** State of each provider: `configured`, `off` or `invalid`. */
export function providerStates(config: Config): Record<string, string> {
  const providers = Object.entries(listed(config));
  return Object.fromEntries(providers.map(([name, { state }]) => [name, state]));
}

/** `GET /push/vapid`: the key by which a browser subscribes; 404 when Web Push is off. */
export const vapidKey: Handler<Door> = (c) => {
  const { web_push: web } = readProviders(c.var.config);
  if (web.state !== "configured") return plainText(404, "404 page not found");
  return c.json({ public_key: web.settings.publicKey });
};
