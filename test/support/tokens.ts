/** Tokens as an identity provider would sign them. */
import { SignJWT } from "jose";

/** The secret of the Worker under test (vitest.config.ts). */
const SECRET = "dev-secret-change-in-production";

/** Claims of a token, of any type, since providers put in what they like. */
export type Claims = Readonly<Record<string, unknown>>;

/** The present in the unit of tokens: seconds since the epoch. */
export const now = (): number => Math.floor(Date.now() / 1_000);

/** Signs claims with a shared secret. Without `exp` among them the token is good for an hour. */
export function signToken(claims: Claims, secret = SECRET, alg = "HS256"): Promise<string> {
  return new SignJWT({ exp: now() + 3_600, ...claims })
    .setProtectedHeader({ alg, typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}
