import { describe, expect, it } from "vitest";
import { admits, askSocket, OWN_SECRET, PRODUCTION } from "../support/ask.ts";
import { someone } from "../support/client.ts";
import { serveKeys, signer, type KeySet } from "../support/key-sets.ts";
import { signToken } from "../support/tokens.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();
const COOL_DOWN_MS = 30_000;

const claims = () => ({ sub: someone("user") });
const keysOnly = ({ url }: KeySet) => ({ ...PRODUCTION, JWT_SECRET: undefined, JWT_JWKS_URL: url });
const both = ({ url }: KeySet) => ({ ...PRODUCTION, JWT_JWKS_URL: url });

describe("key sets", () => {
  it.each(["RS256", "ES256", "EdDSA"])("AUTH-2 verify %s", async (alg) => {
    const [own, foreign] = [await signer(alg), await signer(alg)];
    const keys = serveKeys(own);
    for (const vars of [keysOnly(keys), both(keys)]) {
      expect(await admits(await own.sign(claims()), vars)).toBe(101);
      expect(await admits(await own.sign(claims(), { kid: undefined }), vars)).toBe(101);
      expect(await admits(await foreign.sign(claims()), vars)).toBe(401);
      expect(await admits(await foreign.sign(claims(), { kid: own.kid }), vars)).toBe(401);
      expect(await admits(await foreign.sign(claims(), { jwk: foreign.jwk }), vars)).toBe(401);
      const [header, , signature] = (await own.sign(claims())).split(".");
      const [, body] = (await own.sign({ sub: "somebody else" })).split(".");
      expect(await admits(`${header}.${body}.${signature}`, vars)).toBe(401);
    }
  });

  it.each(["RS384", "PS256", "ES384"])(
    "AUTH-2 verify no %s, though the key is published",
    async (alg) => {
      const own = await signer(alg);
      expect(await admits(await own.sign(claims()), both(serveKeys(own)))).toBe(401);
    },
  );

  it("AUTH-2 verify nothing without a signature", async () => {
    const own = await signer("ES256");
    const keys = serveKeys(own);
    const [, body] = (await own.sign(claims())).split(".");
    for (const alg of ["none", "None", "NONE", ""]) {
      const header = btoa(JSON.stringify({ alg, kid: own.kid })).replaceAll("=", "");
      for (const vars of [keysOnly(keys), both(keys), PRODUCTION]) {
        expect(await admits(`${header}.${body}.`, vars)).toBe(401);
        expect(await admits(`${header}.${body}`, vars)).toBe(401);
      }
    }
  });

  it("AUTH-2 never serve as shared secrets, whatever form of the public key somebody signs with", async () => {
    const own = await signer("RS256");
    const keys = serveKeys(own);
    const spki = await crypto.subtle.exportKey("spki", (await importedFrom(own.jwk)) as CryptoKey);
    const base64 = btoa(String.fromCodePoint(...new Uint8Array(spki as ArrayBuffer)));
    const lines = base64.match(/.{1,64}/g)?.join("\n") ?? "";
    const pem = `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`;
    const forms = [pem, `${pem}\n`, base64, JSON.stringify(own.jwk), String(own.jwk.n), keys.url];
    for (const form of forms) {
      for (const alg of ["HS256", "HS384", "HS512"]) {
        const forged = await signToken(claims(), form, alg);
        expect(await admits(forged, keysOnly(keys))).toBe(401);
        expect(await admits(forged, both(keys))).toBe(401);
      }
    }
  });

  it("AUTH-2 and shared secrets each verify their own family only", async () => {
    const own = await signer("RS256");
    const keys = serveKeys(own);
    const shared = await signToken(claims(), OWN_SECRET);
    expect(await admits(await own.sign(claims()), PRODUCTION)).toBe(401);
    expect(await admits(shared, keysOnly(keys))).toBe(401);
    expect(await admits(shared, both(keys))).toBe(101);
    expect(await admits(await own.sign(claims()), both(keys))).toBe(101);
  });
});

function importedFrom(jwk: object): Promise<unknown> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return crypto.subtle.importKey("jwk", jwk as JsonWebKey, algorithm, true, ["verify"]);
}

describe("fetching the key set", () => {
  it("AUTH-3 happens once for any number of good tokens", async () => {
    const own = await signer("ES256");
    const keys = serveKeys(own);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => own.sign(claims())));
    const statuses = await Promise.all(tokens.map((token) => admits(token, keysOnly(keys))));
    expect(new Set(statuses)).toEqual(new Set([101]));
    expect(keys.fetched()).toBe(1);
  });

  it("AUTH-3 happens once per cool-down for any number of tokens of unknown keys", async () => {
    passTime(0);
    const [own, foreign] = [await signer("ES256"), await signer("ES256")];
    const keys = serveKeys(own);
    const flood = async () => {
      const tokens = await Promise.all(
        Array.from({ length: 20 }, () => foreign.sign(claims(), { kid: crypto.randomUUID() })),
      );
      const statuses = await Promise.all(tokens.map((token) => admits(token, keysOnly(keys))));
      expect(new Set(statuses)).toEqual(new Set([401]));
    };
    await flood();
    expect(keys.fetched()).toBe(1);
    passTime(COOL_DOWN_MS - 1);
    await flood();
    expect(keys.fetched()).toBe(1);
    passTime(1);
    await flood();
    expect(keys.fetched()).toBe(2);
    expect(await admits(await own.sign(claims()), keysOnly(keys))).toBe(101);
    expect(keys.fetched()).toBe(2);
  });

  it("AUTH-3 finds a new key once the cool-down is over", async () => {
    const [old, fresh] = [await signer("ES256"), await signer("RS256")];
    const keys = serveKeys(old);
    expect(await admits(await old.sign(claims()), keysOnly(keys))).toBe(101);
    keys.answer(() => Response.json({ keys: [fresh.jwk] }));
    passTime(COOL_DOWN_MS);
    expect(await admits(await fresh.sign(claims()), keysOnly(keys))).toBe(101);
    expect(await admits(await old.sign(claims()), keysOnly(keys))).toBe(401);
    expect(keys.fetched()).toBe(2);
  });

  it("AUTH-3 may fail for a while: the keys that are known go on", async () => {
    const [own, foreign] = [await signer("ES256"), await signer("ES256")];
    const keys = serveKeys(own);
    expect(await admits(await own.sign(claims()), keysOnly(keys))).toBe(101);
    for (const broken of [
      () => new Response("down", { status: 503 }),
      () => new Response("<html>"),
      () => Response.json({ keys: "none" }),
      () => Promise.reject(new TypeError("no route")),
    ]) {
      keys.answer(broken);
      passTime(COOL_DOWN_MS);
      expect(await admits(await foreign.sign(claims()), keysOnly(keys))).toBe(401);
      expect(await admits(await own.sign(claims()), keysOnly(keys))).toBe(101);
    }
    expect(keys.fetched()).toBe(5);
  });

  it("AUTH-3 that never worked is the server's fault, not the token's, and is not hammered either", async () => {
    passTime(0);
    const own = await signer("ES256");
    const keys = serveKeys(own);
    keys.answer(() => new Response("down", { status: 503 }));
    const token = await own.sign(claims());
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => askSocket(`token=${token}`, keysOnly(keys))),
    );
    for (const response of responses) {
      expect(response.status).toBe(500);
      expect(await response.text()).toBe("Internal server error\n");
    }
    expect(keys.fetched()).toBe(1);
    const log = JSON.stringify(watched.takeLog("defect"));
    expect(log).toContain("key set");
    expect(log).not.toContain(token);
    keys.answer(() => Response.json({ keys: [own.jwk] }));
    passTime(COOL_DOWN_MS);
    expect(await admits(token, keysOnly(keys))).toBe(101);
  });
});
