/** Tokens: where they stand in a request, and what makes one good. */
import { compactVerify, decodeProtectedHeader } from "jose";
import type { Config } from "../config.ts";
import { isUserId, type UserInfo } from "../protocol/user-info.ts";
import { readGrants, type Grant } from "../core/permission.ts";
import { readClaims, type Claims } from "./claims.ts";
import { GUEST } from "./guest.ts";
import { remoteKeys } from "./jwks.ts";

const SHARED_SECRET = ["HS256", "HS384", "HS512"];
const KEY_PAIR = ["RS256", "ES256", "EdDSA"];

/** A token that is not good, with the cause in words; clients of calls are never told the cause. */
export class InvalidToken extends Error {
  override readonly name = "InvalidToken";
}

/** A token without a usable user claim. */
export class NoUserClaim extends InvalidToken {}

/** A verified user as the token names it. */
export interface TokenUser {
  readonly user: string;
  readonly profile: UserInfo;
  /** The claim that named the user. */
  readonly claim: string;
  readonly device?: string;
  /** App whose rooms the token opens. */
  readonly app?: string;
  /** What the claim `channels` grants; none without the claim. */
  readonly grants?: readonly Grant[];
  readonly expires?: number;
}

/** Finds the token of a request: `Authorization: Bearer`, `?token=`, `?access_token=`; first hit wins. */
export function tokenOf(request: Request): string | undefined {
  const query = new URL(request.url).searchParams;
  const bearer = /^bearer\s+(.*)$/i.exec(request.headers.get("authorization")?.trim() ?? "")?.[1];
  const places = [bearer, query.get("token"), query.get("access_token")];
  return places.map((place) => place?.trim()).find((token) => token !== undefined && token !== "");
}

/**
 * Verifies a token and reads its user (RFC 7519).
 *
 * The key belongs to a family of algorithms, never to what the token says: a shared secret verifies
 * only HMAC, a key set only signatures, so that a public key can never pass as a secret.
 *
 * @throws {InvalidToken} when the token is not good
 * @throws {KeysUnavailable} when the key set cannot be had
 */
export async function verifyToken(token: string, config: Config): Promise<TokenUser> {
  const claims = await verify(token, config);
  const audiences = [claims["aud"]].flat();
  if (audiences.includes(GUEST)) throw new InvalidToken("a guest token opens chat only");
  const claim = config.JWT_USER_CLAIMS.find((name) => isText(claims[name]));
  const user = claim && claims[claim];
  if (!claim || !isText(user)) throw new NoUserClaim("the token names no user");
  if (!isUserId(user)) throw new NoUserClaim("the token names a guest, or the name is too long");
  const { device, channels } = claims;
  if (device !== undefined && device !== null && !isDeviceLabel(device)) {
    throw new InvalidToken("the device claim is not a label");
  }
  return {
    user,
    claim,
    profile: profileOf(user, claims),
    ...(isText(device) ? { device } : {}),
    ...(isText(claims["app"]) ? { app: claims["app"] } : {}),
    ...(channels === undefined || channels === null ? {} : { grants: readGrants(channels) }),
    // JSON, in which this travels on, knows no infinity.
    ...(claims.exp === undefined
      ? {}
      : { expires: Math.min(claims.exp * 1_000, Number.MAX_VALUE) }),
  };
}

/** Whether something may name a device: text of 1 to 128 characters. */
export function isDeviceLabel(label: unknown): label is string {
  return isText(label) && label.length <= 128;
}

async function verify(token: string, config: Config): Promise<Claims> {
  try {
    const payload = await verifySignature(token, config);
    return readClaims(payload, config, Date.now() / 1_000);
  } catch (error) {
    if (error instanceof Error && error.name === "KeysUnavailable") throw error;
    throw new InvalidToken(error instanceof Error ? error.message : "not a token", {
      cause: error,
    });
  }
}

async function verifySignature(token: string, config: Config): Promise<Uint8Array> {
  const { alg } = decodeProtectedHeader(token);
  if (config.JWT_JWKS_URL && alg !== undefined && KEY_PAIR.includes(alg)) {
    const keys = remoteKeys(config.JWT_JWKS_URL);
    return (await compactVerify(token, keys, { algorithms: KEY_PAIR })).payload;
  }
  if (!config.JWT_SECRET) throw new InvalidToken("no key for that algorithm");
  const key = new TextEncoder().encode(config.JWT_SECRET);
  return (await compactVerify(token, key, { algorithms: SHARED_SECRET })).payload;
}

function profileOf(user: string, claims: Claims): UserInfo {
  const { name, username, image_profile } = claims;
  return {
    user_id: user,
    ...(isText(name) ? { name } : {}),
    ...(isText(username) ? { username } : {}),
    ...(isText(image_profile) ? { image_profile } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
