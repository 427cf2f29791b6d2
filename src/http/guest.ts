/** Guests' tokens: a kind of their own, with a key of their own. */
import { compactVerify, decodeJwt } from "jose";
import type { Config } from "../config.ts";
import { nameFault } from "../protocol/chat.ts";
import { readClaims } from "./claims.ts";

/** The audience that makes a token a guest's, and the beginning of a guest's id. */
export const GUEST = "guest";

/** The key of guests' tokens; none when nothing is configured. */
export function guestKey(config: Config): Uint8Array | undefined {
  const secret = config.GUEST_SECRET ?? config.JWT_SECRET;
  return secret === undefined ? undefined : new TextEncoder().encode(secret);
}

/** Whether a token says of itself that it is a guest's. It is verified by the guests' key only. */
export function isGuestToken(token: string): boolean {
  try {
    return [decodeJwt(token).aud].flat().includes(GUEST);
  } catch {
    return false;
  }
}

/**
 * Verifies a guest's token and returns the guest's name.
 *
 * @throws {Error} that says in words what is wrong with it
 */
export async function verifyGuest(token: string, config: Config): Promise<string> {
  const key = guestKey(config);
  if (key === undefined) throw new Error("guests have no key");
  const { payload } = await compactVerify(token, key, { algorithms: ["HS256"] });
  // What limits users' tokens says nothing about guests'.
  const limits = { ...config, JWT_AUDIENCE: GUEST, JWT_ISSUER: undefined, JWT_REQUIRE_EXP: true };
  const { name } = readClaims(payload, limits, Date.now() / 1_000);
  if (typeof name !== "string" || name !== name.trim() || nameFault(name) !== undefined) {
    throw new Error("the token names no guest");
  }
  return name;
}
