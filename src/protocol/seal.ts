/** Payloads that are relayed as they are. */
import { refuse } from "./errors.ts";

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
