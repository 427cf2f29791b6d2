/**
 * STUN and TURN servers with short-lived credentials: an own TURN server with a shared secret, else
 * Cloudflare's, else STUN alone. A provider that fails leaves what the others have.
 */
import type { IceProvider, Log } from "../core/ports.ts";
import { offeredServers, type IceServer } from "../protocol/ice.ts";

/** What the deployer configured. */
export interface IceSettings {
  readonly TURN_URLS: readonly string[];
  readonly TURN_SECRET?: string | undefined;
  readonly TURN_KEY_ID?: string | undefined;
  readonly TURN_KEY_API_TOKEN?: string | undefined;
  readonly TURN_BASE_URL: string;
  readonly TURN_TTL_SECONDS: number;
  readonly STUN_URLS: readonly string[];
}

/** How long Cloudflare may take. */
const TIMEOUT_MS = 2_000;
/** Browsers do not let pages use it, and waste seconds on trying. */
const BLOCKED = /:53(?:\?|$)/;

const encoder = new TextEncoder();

/** Makes the provider. It never throws: who asks gets what there is. */
export function iceProvider(settings: IceSettings, log: Log): IceProvider {
  const { TURN_TTL_SECONDS: ttl, STUN_URLS } = settings;
  const stun: IceServer[] = STUN_URLS.length === 0 ? [] : [{ urls: [...STUN_URLS] }];
  const providers = [ownServer(settings), cloudflare(settings)].filter((one) => one !== undefined);
  return async (user) => {
    let degraded = false;
    for (const provide of providers) {
      try {
        return { iceServers: merge(stun, await provide(user)), ttl, ...(degraded && { degraded }) };
      } catch (error) {
        degraded = true;
        log("warn", "turn.failed", { error: error instanceof Error ? error.message : "unknown" });
      }
    }
    return { iceServers: stun, ttl, ...(degraded && { degraded }) };
  };
}

/** Whether TURN is set up: with an own server, or with a Cloudflare key. `invalid`: half of it is missing. */
export function turnState(settings: IceSettings): "configured" | "off" | "invalid" {
  const { TURN_URLS, TURN_SECRET, TURN_KEY_ID, TURN_KEY_API_TOKEN } = settings;
  const pairs = [
    [TURN_URLS.length > 0, Boolean(TURN_SECRET)],
    [Boolean(TURN_KEY_ID), Boolean(TURN_KEY_API_TOKEN)],
  ] as const;
  if (pairs.some(([one, other]) => one !== other)) return "invalid";
  return pairs.some(([one]) => one) ? "configured" : "off";
}

type Provide = (user: string) => Promise<readonly IceServer[]>;

/**
 * Credentials that a TURN server with the same secret can check by itself.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00
 */
function ownServer({ TURN_URLS, TURN_SECRET, TURN_TTL_SECONDS }: IceSettings): Provide | undefined {
  const urls = usable(TURN_URLS);
  if (urls.length === 0 || !TURN_SECRET) return undefined;
  return async (user) => {
    const username = `${Math.floor(Date.now() / 1_000) + TURN_TTL_SECONDS}:${user}`;
    return [{ urls, username, credential: await turnCredential(TURN_SECRET, username) }];
  };
}

/** base64(HMAC-SHA1(secret, username)). */
export async function turnCredential(secret: string, username: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(username));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}

function cloudflare(settings: IceSettings): Provide | undefined {
  const { TURN_KEY_ID, TURN_KEY_API_TOKEN, TURN_BASE_URL, TURN_TTL_SECONDS } = settings;
  if (!TURN_KEY_ID || !TURN_KEY_API_TOKEN) return undefined;
  const key = encodeURIComponent(TURN_KEY_ID);
  const url = `${TURN_BASE_URL}/v1/turn/keys/${key}/credentials/generate-ice-servers`;
  return async () => {
    // Not AbortSignal.timeout: it would keep an object from hibernating.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          authorization: `Bearer ${TURN_KEY_API_TOKEN}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ ttl: TURN_TTL_SECONDS }),
        signal: abort.signal,
      });
      if (response.status !== 201) {
        await response.body?.cancel();
        throw new Error(`the TURN service answered ${response.status}`);
      }
      const { iceServers } = offeredServers.parse(await response.json());
      const servers = iceServers.map((server) => ({ ...server, urls: usable(server.urls) }));
      return servers.filter(({ urls }) => urls.length > 0);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The STUN entry first, and no address twice. */
function merge(stun: readonly IceServer[], servers: readonly IceServer[]): IceServer[] {
  const known = new Set(stun.flatMap(({ urls }) => urls));
  const others = servers.map((server) => ({
    ...server,
    urls: server.urls.filter((url) => !known.has(url)),
  }));
  return [...stun, ...others.filter(({ urls }) => urls.length > 0)];
}

function usable(urls: readonly string[]): string[] {
  return urls.filter((url) => !BLOCKED.test(url));
}
