/** Payloads that are relayed as they are. */
import { refuse } from "./errors.ts";

/**
 * Whether something is a JSON object. A number that spells itself as it was sent is an object of the
 * runtime's, but none of the message's.
 */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !json.isRawJSON(value);
}

const json = JSON as unknown as { isRawJSON(value: unknown): boolean };

/**
 * Spells a payload out once, for a journey on which nobody opens it.
 *
 * @throws {ProtocolError} `Invalid payload` when it is nested too deeply for the runtime.
 */
export function seal(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch {
    throw refuse.payload();
  }
}
