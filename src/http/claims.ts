/** Whether a token's claims hold here and now (RFC 7519 section 4.1). */
import type { Config } from "../config.ts";

/** Claims that have been checked: whatever a provider puts in, apart from `exp`, may have any type. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp?: number };

/**
 * Reads the claims of a verified payload and checks those that limit its use: `exp`, `nbf`, and `iss`
 * and `aud` when they are configured. `iat` is not looked at.
 *
 * @param now seconds since the epoch
 * @throws {Error} that says in words what does not hold
 */
export function readClaims(payload: Uint8Array, config: Config, now: number): Claims {
  const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
  if (!isObject(claims)) throw new Error("the claims are not a JSON object");
  const { exp, nbf, iss, aud } = claims;
  if (exp === undefined && config.JWT_REQUIRE_EXP) throw new Error("the claim exp is missing");
  if (exp !== undefined && !(isTime(exp) && now < exp)) throw new Error("the token has expired");
  if (nbf !== undefined && !(isTime(nbf) && nbf <= now))
    throw new Error("the token is not valid yet");
  if (config.JWT_ISSUER && iss !== config.JWT_ISSUER) throw new Error("the issuer is another one");
  if (config.JWT_AUDIENCE && ![aud].flat().includes(config.JWT_AUDIENCE)) {
    throw new Error("the token is for another audience");
  }
  return claims;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Seconds since the epoch, a fraction allowed. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
