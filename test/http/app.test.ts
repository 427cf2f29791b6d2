import { describe, expect, it } from "vitest";
import {
  appOfToken,
  mintAppToken,
  mintSessionToken,
  sessionOfToken,
} from "../../src/http/app-token.ts";
import { ask } from "../support/ask.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const SECRET = "test-secret";
const HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const OLDER_APP = `${HEAD}.eyJhcHAiOiJkZW1vLWNoYXQifQ==.17c584421531a3d362cb3017c375f79ace3e159bdcb2d08f228e00287969f1eb`;
const OLDER_SESSION = `${HEAD}.eyJhcHAiOiJkZW1vLWNoYXQiLCJleHAiOjE5MDAwMDAwMDAsInNvY2tldCI6IlpXdmtHdnpXMFQxQzFQVFRBQUFCIn0=.708edca618e40f9e84fd88a7c85de42fbab434137c0afcabd541371573161783`;
const OURS = `${HEAD}.eyJhcHAiOiJkZW1vLWNoYXQiLCJhdWQiOiJhcHAiLCJpYXQiOjE3MDAwMDAwMDB9.1Qkl1qW_N97SIJKTuidnc0IIBLhGHHQccW5MfUru7WA`;
const NOW = 1_790_000_000;

const settings = {
  APP_SECRET: SECRET,
  SIO_STATIC_APP_TOKENS: [] as string[],
  APP_TOKENS_REVOKED: [] as string[],
  TOKEN_LIFETIME: 60,
};
const app = (token: unknown, more: Partial<typeof settings> = {}) =>
  appOfToken(token, { ...settings, ...more }, NOW);

/** A token in the older form over any payload, or over text that is none. */
async function older(payload: string, head = HEAD, secret = SECRET): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", key, bytes.encode(head + payload));
  const hex = Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0"));
  return `${head}.${payload}.${hex.join("")}`;
}

describe("app tokens", () => {
  it("SIO-17 are the same as those of existing deployments, in both forms", async () => {
    expect(await mintAppToken("demo-chat", SECRET, 1_700_000_000)).toBe(OURS);
    expect(await older(btoa('{"app":"demo-chat"}'))).toBe(OLDER_APP);
    expect(await app(OURS)).toBe("demo-chat");
    expect(await app(OLDER_APP)).toBe("demo-chat");
    expect(await sessionOfToken(OLDER_SESSION, SECRET, NOW)).toEqual({
      app: "demo-chat",
      socket: "ZWvkGvzW0T1C1PTTAAAB",
    });
    expect(await sessionOfToken(OLDER_SESSION, SECRET, 1_900_000_000)).toBeUndefined();
  });

  it("SIO-18 are refused when anything about them is wrong", async () => {
    const session = await mintSessionToken({ app: "a", socket: "s", expires: NOW + 60 }, SECRET);
    const wrong = [
      undefined,
      null,
      5,
      "",
      "..",
      "a.b.c.d",
      `${OURS}x`,
      OURS.slice(0, -1),
      OURS.replace(HEAD, btoa('{"alg":"none"}')),
      OLDER_APP.replace("f1eb", "f1ec"),
      OLDER_APP.toUpperCase(),
      `${OLDER_APP.slice(0, -64)}${OLDER_APP.slice(-64).toUpperCase()}`,
      OLDER_SESSION,
      session,
      await older(btoa('{"app":"a"}'), btoa('{"alg":"HS256"}')),
      await older(btoa('{"app":"a"}').replace(/=+$/, "")),
      await older(btoa('{"app":""}')),
      await older(btoa('{"app":5}')),
      await older(btoa("[]")),
      await older("x"),
      await older(btoa('{"app":"a","exp":1}')),
      await older(btoa('{"app":"a"}'), HEAD, "other"),
      await mintAppToken("a", "other", NOW),
    ];
    for (const token of wrong) expect([token, await app(token)]).toEqual([token, undefined]);
    expect(await sessionOfToken(OURS, SECRET, NOW)).toBeUndefined();
    expect(await sessionOfToken(session, SECRET, NOW)).toEqual({ app: "a", socket: "s" });
    expect(await sessionOfToken(session, SECRET, NOW + 61)).toBeUndefined();
    expect(await app(OLDER_APP, { APP_SECRET: "" })).toBeUndefined();
  });

  it("SIO-19 may be good by name, or be revoked by name", async () => {
    const foreign = await older(btoa('{"app":"theirs"}'), HEAD, "unknown");
    expect(await app(foreign, { SIO_STATIC_APP_TOKENS: [foreign] })).toBe("theirs");
    expect(await app(foreign, { SIO_STATIC_APP_TOKENS: ["x"] })).toBeUndefined();
    expect(await app("x", { SIO_STATIC_APP_TOKENS: ["x"] })).toBeUndefined();
    expect(await app(OURS, { APP_TOKENS_REVOKED: [OURS] })).toBeUndefined();
    const both = { SIO_STATIC_APP_TOKENS: [foreign], APP_TOKENS_REVOKED: [foreign] };
    expect(await app(foreign, both)).toBeUndefined();
  });
});

describe("POST /app", () => {
  const post = async (body: string, type: string, vars: object = {}) => {
    const response = await ask(
      "/app",
      { ...vars },
      { method: "POST", body, headers: { "content-type": type } },
    );
    return [response.status, await response.json()];
  };
  const json = (body: unknown, vars?: object) =>
    post(JSON.stringify(body), "application/json", vars);
  const refused = (status: number, error: string) => [status, { status, error, response: null }];

  it.each([
    "application/json",
    "application/x-www-form-urlencoded",
    "Application/X-WWW-Form-URLEncoded; charset=UTF-8",
  ])("SIO-20 mints a token for who knows the password (%s)", async (type) => {
    const fields = { password: "test-password", app: "demo" };
    const body = type.includes("json")
      ? JSON.stringify(fields)
      : String(new URLSearchParams(fields));
    const [status, answer] = await post(body, type);
    expect([status, answer]).toEqual([
      200,
      { status: 200, error: null, response: { token: expect.any(String) } },
    ]);
    const { token } = (answer as { response: { token: string } }).response;
    expect(await app(token)).toBe("demo");
  });

  it("SIO-20 refuses in the order password, app, secret", async () => {
    for (const password of [undefined, "", "x", 5, null]) {
      expect(await json({ password, app: "a" })).toEqual(refused(401, "Unauthorized"));
    }
    expect(await json({ password: "", app: "a" }, { APP_PASS: undefined })).toEqual(
      refused(401, "Unauthorized"),
    );
    expect(await post("{", "application/json")).toEqual(refused(401, "Unauthorized"));
    for (const name of [undefined, "", null, 5]) {
      expect(await json({ password: "test-password", app: name })).toEqual(
        refused(400, "Required properties (app) is undefined"),
      );
    }
    expect(await json({ password: "test-password", app: "a" }, { APP_SECRET: undefined })).toEqual(
      refused(503, "APP_SECRET is not set"),
    );
  });
});
