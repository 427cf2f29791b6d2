/** Tells a failure of the way to another object from a failure of the object's own code. */

/**
 * Whether a call to an object may be made again on a fresh stub. A reset (a deploy, a crash, a move)
 * breaks the stub for good but not the object; the platform marks passing faults as retryable, and
 * asks not to add to an overload.
 *
 * @see https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export function mayRetry(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { durableObjectReset, retryable, overloaded } = error as {
    durableObjectReset?: boolean;
    retryable?: boolean;
    overloaded?: boolean;
  };
  return overloaded !== true && (durableObjectReset === true || retryable === true);
}
