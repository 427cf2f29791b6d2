/** Making the tokens by which providers know us: OAuth for FCM, a signed statement for APNs. */
import { importPKCS8, SignJWT } from "jose";
import { post } from "./http-attempt.ts";
import type { ApnsSettings, FcmSettings } from "./push-settings.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const ASSERTION_SECONDS = 3_600;
/** Given up so long before its end, a token that is being used does not expire on the way. */
const MARGIN_MS = 60_000;
/** Apple wants a token used for 20 to 60 minutes. */
const APNS_USE_MS = 50 * 60_000;
export const APNS_LEAST_MS = 20 * 60_000;

/** A token that a provider takes. Times are milliseconds since the epoch. */
export interface Minted {
  readonly token: string;
  readonly made: number;
  /** When to make the next one. */
  readonly until: number;
}

/** No token can be had; `passing`: perhaps later. */
export type NotMinted = { readonly refused: string; readonly passing: boolean };

/** Trades a signed assertion for an access token (RFC 7523 section 2.1). */
export async function mintFcm(settings: FcmSettings, now: number): Promise<Minted | NotMinted> {
  const { email, key, keyId, tokenUri } = settings;
  const signer = await importPKCS8(key, "RS256").catch(() => undefined);
  if (!signer) return { refused: "the private_key cannot be used", passing: false };
  const seconds = Math.floor(now / 1_000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({
      alg: "RS256",
      typ: "JWT",
      ...(keyId === undefined ? {} : { kid: keyId }),
    })
    .setIssuer(email)
    .setAudience(tokenUri)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_SECONDS)
    .sign(signer);
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status, body } = await post(tokenUri, headers, form.toString());
  if (status !== 200) {
    return { refused: `token_uri answered ${status}`, passing: status === 429 || status >= 500 };
  }
  const answer = JSON.parse(body) as { access_token?: unknown; expires_in?: unknown };
  const { access_token: token, expires_in: lifetime } = answer;
  if (typeof token !== "string" || token === "") {
    return { refused: "token_uri gave no access_token", passing: false };
  }
  const lifeMs = (typeof lifetime === "number" ? lifetime : ASSERTION_SECONDS) * 1_000;
  return { token, made: now, until: now + Math.max(lifeMs - MARGIN_MS, lifeMs / 2) };
}

/** Signs the statement by which Apple knows the team (token-based connection to APNs). */
export async function mintApns(settings: ApnsSettings, now: number): Promise<Minted | NotMinted> {
  const { key, keyId, team } = settings;
  const signer = await importPKCS8(key, "ES256").catch(() => undefined);
  if (!signer) return { refused: "the .p8 key cannot be used", passing: false };
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(team)
    .setIssuedAt(Math.floor(now / 1_000))
    .sign(signer);
  return { token, made: now, until: now + APNS_USE_MS };
}
