/** Verifies signed tokens with nothing but node:crypto, so that it shares no mistake with the Worker. */
import { createPublicKey, verify, type KeyObject } from "node:crypto";

type Json = Readonly<Record<string, unknown>>;

export interface Verified {
  readonly header: Json;
  readonly claims: Json;
}

/** The token's header and claims (RFC 7515, RFC 7519); nothing when its signature is not good. */
export function verifyJwt(
  token: string,
  alg: "RS256" | "ES256",
  key: KeyObject,
): Verified | undefined {
  const [head = "", body = "", signature = "", more] = token.split(".");
  if (more !== undefined) return undefined;
  try {
    const header = JSON.parse(Buffer.from(head, "base64url").toString()) as Json;
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Json;
    const raw = { key, dsaEncoding: "ieee-p1363" } as const;
    const data = Buffer.from(`${head}.${body}`);
    const good = verify("sha256", data, raw, Buffer.from(signature, "base64url"));
    return good && header["alg"] === alg ? { header, claims } : undefined;
  } catch {
    return undefined;
  }
}

/** A public key of P-256 from its raw 65 bytes, base64url. */
export function p256(raw: string): KeyObject {
  const bytes = Buffer.from(raw, "base64url");
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33, 65)];
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: x.toString("base64url"),
    y: y.toString("base64url"),
  };
  return createPublicKey({ key: jwk, format: "jwk" });
}
