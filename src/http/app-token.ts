/**
 * Tokens of Socket.IO clients. An app token names the app and is made once for each client app; a
 * session token belongs to one socket. Both come as JWTs, which is what we mint, and in an older form
 * that existing clients hold: base64 parts and a signature in hexadecimal over the first two.
 */
import { compactVerify, SignJWT } from "jose";
import type { Config } from "../config.ts";

/** What of the configuration tokens depend on. */
export type AppTokenSettings = Pick<
  Config,
  "APP_SECRET" | "SIO_STATIC_APP_TOKENS" | "APP_TOKENS_REVOKED" | "TOKEN_LIFETIME"
>;

type Claims = Readonly<Record<string, unknown>>;

/** The only head that older tokens have: `{"alg":"HS256","typ":"JWT"}`. */
const OLDER_HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const OLDER_SIGNATURE = /^[0-9a-f]{64}$/;
/** Standard base64, padded (RFC 4648 section 4). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const encoder = new TextEncoder();

/** Mints an app token. `now` in seconds since the epoch. */
export function mintAppToken(app: string, secret: string, now: number): Promise<string> {
  return sign({ app, aud: "app", iat: Math.floor(now) }, secret);
}

/** Mints a session token for one socket. `expires` in seconds since the epoch. */
export function mintSessionToken(
  { app, socket, expires }: { app: string; socket: string; expires: number },
  secret: string,
): Promise<string> {
  return sign({ app, aud: "session", exp: Math.floor(expires), socket }, secret);
}

/**
 * The app that an app token names; nothing when it is not good. A session token never is one.
 *
 * @param now seconds since the epoch
 */
export async function appOfToken(
  token: unknown,
  settings: AppTokenSettings,
  now: number,
): Promise<string | undefined> {
  if (typeof token !== "string" || settings.APP_TOKENS_REVOKED.includes(token)) return undefined;
  if (settings.SIO_STATIC_APP_TOKENS.includes(token)) return appIn(unverified(token));
  const claims = await verified(token, settings.APP_SECRET);
  if (!claims || "socket" in claims.body || !isAlive(claims.body, now)) return undefined;
  if (claims.body["aud"] !== (claims.older ? undefined : "app")) return undefined;
  return appIn(claims.body);
}

/** What a session token says; nothing when it is not good, or has expired. */
export async function sessionOfToken(
  token: unknown,
  secret: string,
  now: number,
): Promise<{ readonly app: string; readonly socket: string } | undefined> {
  const claims = typeof token === "string" ? await verified(token, secret) : undefined;
  if (!claims || claims.body["exp"] === undefined || !isAlive(claims.body, now)) return undefined;
  if (claims.body["aud"] !== (claims.older ? undefined : "session")) return undefined;
  const app = appIn(claims.body);
  const { socket } = claims.body;
  return app === undefined || typeof socket !== "string" ? undefined : { app, socket };
}

function sign(claims: Claims, secret: string): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(encoder.encode(secret));
}

/** The claims of a token with a good signature. Malformed tokens are merely not good. */
async function verified(
  token: string,
  secret: string | undefined,
): Promise<{ readonly body: Claims; readonly older: boolean } | undefined> {
  if (!secret) return undefined;
  const [head = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length > 0) return undefined;
  try {
    if (OLDER_SIGNATURE.test(signature)) {
      if (head !== OLDER_HEAD || !(await isOlderSignature(head + payload, signature, secret))) {
        return undefined;
      }
      const body = BASE64.test(payload) ? objectIn(atob(payload)) : undefined;
      return body && { body, older: true };
    }
    const key = encoder.encode(secret);
    const { payload: bytes } = await compactVerify(token, key, { algorithms: ["HS256"] });
    const body = objectIn(String.fromCharCode(...bytes));
    return body && { body, older: false };
  } catch {
    return undefined;
  }
}

/** The runtime compares in constant time. There is no dot between head and payload in what is signed. */
async function isOlderSignature(text: string, hex: string, secret: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "verify",
  ]);
  const signature = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.verify("HMAC", key, signature, encoder.encode(text));
}

/** The claims of a token whose signature does not matter, in either form. */
function unverified(token: string): Claims {
  try {
    const payload = token.split(".")[1] ?? "";
    return objectIn(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) ?? {};
  } catch {
    return {};
  }
}

/** JSON out of bytes, one to a character. */
function objectIn(bytes: string): Claims | undefined {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(
    Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
  );
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Claims;
}

function isAlive({ exp }: Claims, now: number): boolean {
  return exp === undefined || (typeof exp === "number" && now < exp);
}

function appIn({ app }: Claims): string | undefined {
  return typeof app === "string" && app !== "" ? app : undefined;
}
