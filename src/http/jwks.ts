/** The key set of an identity provider, fetched rarely. */
import { createLocalJWKSet, errors, type JSONWebKeySet } from "jose";

/** Between two fetches, whatever happens. A token signed by an unknown key cannot make us ask more often. */
const COOL_DOWN_MS = 30_000;
/** The same while there is no key set at all: the provider may be back any moment. */
const FIRST_COOL_DOWN_MS = 2_000;
/** A key set older than this is fetched again. */
const MAX_AGE_MS = 600_000;
const FETCH_TIMEOUT_MS = 5_000;
const POLL_MS = 10;

type KeySet = ReturnType<typeof createLocalJWKSet>;

interface Cache {
  keys?: KeySet;
  fetchedAt: number;
  triedAt: number;
  fetching: boolean;
}

const caches = new Map<string, Cache>();

/** The key set could not be fetched. */
class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/**
 * Finds the key of a token in the key set at `url`, as jose's verification wants it.
 *
 * jose's own remote key set shares one fetch between requests, which the Workers runtime does not
 * allow, and so fetches once per request that comes meanwhile. Here the others wait for the first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7517
 */
export function remoteKeys(url: string): KeySet {
  return (async (header, token) => {
    const cache = caches.get(url) ?? { fetchedAt: 0, triedAt: -Infinity, fetching: false };
    caches.set(url, cache);
    const began = Date.now();
    if (cache.keys && began - cache.fetchedAt < MAX_AGE_MS) {
      try {
        return await cache.keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
    }
    await refill(url, cache);
    if (!cache.keys) throw new KeysUnavailable("the key set could not be fetched");
    return cache.keys(header, token);
  }) as KeySet;
}

async function refill(url: string, cache: Cache): Promise<void> {
  while (cache.fetching && Date.now() - cache.triedAt < FETCH_TIMEOUT_MS) {
    // Another request's promise must not be awaited here, but its result may be looked at.
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const coolDown = cache.keys ? COOL_DOWN_MS : FIRST_COOL_DOWN_MS;
  if (Date.now() - cache.triedAt < coolDown) return;
  cache.triedAt = Date.now();
  cache.fetching = true;
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (!response.ok) throw new KeysUnavailable(`the key set answered ${response.status}`);
    cache.keys = createLocalJWKSet(await response.json<JSONWebKeySet>());
    cache.fetchedAt = Date.now();
  } catch (error) {
    if (!cache.keys)
      throw new KeysUnavailable("the key set could not be fetched", { cause: error });
  } finally {
    cache.fetching = false;
  }
}
