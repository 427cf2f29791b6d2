/** Requests to a Worker of a test's own configuration. */
import { env } from "cloudflare:workers";
import { createApp } from "../../src/http/app.ts";
import type { Init } from "./client.ts";

/** Variables and bindings that differ from the usual ones; `undefined` unsets. */
export type Vars = Readonly<Record<string, unknown>>;

/** A secret that is not the published default. */
export const OWN_SECRET = "a secret of a deployer's own, 0123456789abcdef";

/** A production deployment with a shared secret. */
export const PRODUCTION: Vars = { ENVIRONMENT: "production", JWT_SECRET: OWN_SECRET };

/** Asks a Worker with these variables; the objects behind it are the same as ever. */
export async function ask(path: string, vars: Vars, init: Init = {}): Promise<Response> {
  const headers = { "cf-connecting-ip": crypto.randomUUID(), ...init.headers };
  const url = `https://edgering.test${path}`;
  return createApp().request(url, { ...init, headers }, { ...env, ...vars });
}

/** Asks for a socket. */
export function askSocket(
  query: string,
  vars: Vars,
  headers: Init["headers"] = {},
): Promise<Response> {
  return ask(`/ws?${query}`, vars, { headers: { upgrade: "websocket", ...headers } });
}

/** The status of an attempt to open a socket with a token. */
export async function admits(token: string, vars: Vars): Promise<number> {
  return (await askSocket(`token=${token}`, vars)).status;
}
