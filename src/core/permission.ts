/** What a token may do on which channels: the claim `channels`. */

/** Things that can be done on a channel. */
export const rights = ["subscribe", "publish", "presence", "history"] as const;

/** One thing that can be done on a channel. */
export type Right = (typeof rights)[number];

/** Names of channels, with what may be done there. `*` at the end of `match` stands for anything. */
export interface Grant {
  readonly match: string;
  readonly rights: readonly Right[];
}

/**
 * Reads the claim. What cannot be understood grants nothing: a claim that was meant to limit must not
 * open everything.
 */
export function readGrants(claim: unknown): Grant[] {
  if (!Array.isArray(claim)) return [];
  return claim.flatMap((entry: unknown) => {
    const { match, rights: given } = (entry ?? {}) as { match?: unknown; rights?: unknown };
    if (typeof match !== "string" || !Array.isArray(given)) return [];
    return [{ match, rights: rights.filter((right) => given.includes(right)) }];
  });
}

/** Whether a right is granted on a channel: the first match decides. Without a claim: `fallback`. */
export function isGranted(
  right: Right,
  channel: string,
  grants: readonly Grant[] | undefined,
  fallback: readonly Right[],
): boolean {
  const granted =
    grants === undefined ? fallback : grants.find(({ match }) => matches(match, channel))?.rights;
  return granted?.includes(right) ?? false;
}

function matches(pattern: string, channel: string): boolean {
  return pattern.endsWith("*") ? channel.startsWith(pattern.slice(0, -1)) : channel === pattern;
}
