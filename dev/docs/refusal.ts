/** An error as the documents list it. */
import type { ErrorCode } from "../../src/protocol/errors.ts";

/** An error of a request. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly when: string;
}

/** Writes one down. */
export const refusal = (code: ErrorCode, message: string, when: string): Refusal => ({
  code,
  message,
  when,
});
