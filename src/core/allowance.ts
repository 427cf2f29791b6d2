/** How often something may happen: so many times within a span that moves along. */

/** An allowance: `most` times within `spanMs` milliseconds. */
export interface Allowance {
  readonly most: number;
  readonly spanMs: number;
}

/**
 * Spends one of an allowance.
 *
 * @param times when it was spent before, oldest first; milliseconds, as `now`
 * @returns the times that still count, and how many seconds to wait: 0 when it could be spent
 */
export function spend(
  times: readonly number[],
  now: number,
  { most, spanMs }: Allowance,
): { readonly times: readonly number[]; readonly waitSeconds: number } {
  const recent = times.filter((at) => at > now - spanMs);
  const [oldest] = recent;
  if (recent.length < most || oldest === undefined) {
    return { times: [...recent, now], waitSeconds: 0 };
  }
  return { times: recent, waitSeconds: Math.ceil((oldest + spanMs - now) / 1_000) };
}
