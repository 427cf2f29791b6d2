/** Identity providers that publish their keys: what they sign, and what they serve. */
import { exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";
import { vi } from "vitest";
import { now, type Claims } from "./tokens.ts";

/** A key pair by its id. */
export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: JWK;
  sign(claims: Claims, header?: object): Promise<string>;
}

/** Makes a key pair for an algorithm. */
export async function signer(alg: string): Promise<Signer> {
  const kid = crypto.randomUUID();
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    kid,
    alg,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    sign: (claims, header = {}) =>
      new SignJWT({ exp: now() + 3_600, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

/** A key set at an address of its own. */
export interface KeySet {
  readonly url: string;
  /** How often it has been fetched. */
  fetched(): number;
  /** Makes it answer otherwise from now on. */
  answer(respond: () => Response | Promise<Response>): void;
}

/** Serves keys to the Worker under test; every other request goes its usual way. */
export function serveKeys(...signers: readonly Signer[]): KeySet {
  const url = `https://keys.test/${crypto.randomUUID()}`;
  let respond: () => Response | Promise<Response> = () =>
    Response.json({ keys: signers.map(({ jwk }) => jwk) });
  let fetched = 0;
  const { fetch } = globalThis;
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    if (new Request(input).url !== url) return fetch(input, init);
    fetched += 1;
    return Promise.resolve(respond());
  });
  return {
    url,
    fetched: () => fetched,
    answer: (next) => {
      respond = next;
    },
  };
}
