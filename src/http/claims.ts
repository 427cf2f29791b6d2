/**
 * The claims of a token whose signature is good. jose's own check also looks at `iat`, which existing
 * tokens may hold in any form, so the few claims that matter are checked here (RFC 7519 section 4.1).
 */
import type { Config } from "../config.ts";

/** Claims as parsed; those that were checked have their type. */
export interface Claims {
  readonly [name: string]: unknown;
  /** Seconds since the epoch. */
  readonly exp?: number;
}

/**
 * Reads and checks the claims: `exp`, `nbf`, and `iss` and `aud` when they are configured.
 *
 * @throws {Error} with the cause in words
 */
export function checkedClaims(payload: Uint8Array, config: Config): Claims {
  const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(payload));
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw new Error("the claims are not an object");
  }
  const { exp, nbf, iss, aud } = claims as Record<string, unknown>;
  const now = Date.now() / 1_000;
  if (exp === undefined && config.JWT_REQUIRE_EXP) throw new Error('"exp" is missing');
  if (exp !== undefined && typeof exp !== "number") throw new Error('"exp" is not a number');
  if (exp !== undefined && exp <= now) throw new Error("the token has expired");
  if (nbf !== undefined && typeof nbf !== "number") throw new Error('"nbf" is not a number');
  if (nbf !== undefined && nbf > now) throw new Error("the token is not good yet");
  if (config.JWT_ISSUER && iss !== config.JWT_ISSUER) throw new Error('"iss" is not the issuer');
  if (config.JWT_AUDIENCE && ![aud].flat().includes(config.JWT_AUDIENCE)) {
    throw new Error('"aud" is not the audience');
  }
  return claims as Claims;
}
