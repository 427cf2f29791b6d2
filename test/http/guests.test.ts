import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { ask, admits, OWN_SECRET, PRODUCTION } from "../support/ask.ts";
import { request } from "../support/client.ts";
import { logIn } from "../support/guests.ts";
import { now, signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("/login", () => {
  it.each(["POST", "PUT"])("CHAT-8 by %s gives a guest a token for an hour", async (method) => {
    const response = await logIn('{"username":"  Zoë 1 "}', method);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("application/json");
    const { token } = await response.json<{ token: string }>();
    const { iat = 0, nbf, exp, ...claims } = decodeJwt(token);
    expect(claims).toEqual({ aud: "guest", sub: "guest:Zoë 1", name: "Zoë 1" });
    expect([nbf, exp]).toEqual([iat, iat + 3_600]);
    expect(await admits(token, {})).toBe(101);
  });

  it.each([
    ["", /\n$/],
    ["nonsense", /\n$/],
    ["[]", /\n$/],
    ['{"username":7}', /\n$/],
    ["{}", /^username required\n$/],
    ['{"username":null}', /^username required\n$/],
    ['{"username":" \\t "}', /^username required\n$/],
    [JSON.stringify({ username: "x".repeat(65) }), /^username too long\n$/],
    [JSON.stringify({ username: "a\u0007b" }), /^username invalid\n$/],
    [JSON.stringify({ username: "a\ud800b" }), /^username invalid\n$/],
  ])("CHAT-8 refuses %s", async (body, text) => {
    const response = await logIn(body);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toMatch(text);
  });

  it("CHAT-8 takes 64 characters, and answers other methods", async () => {
    expect((await logIn(JSON.stringify({ username: ` ${"x".repeat(64)} ` }))).status).toBe(200);
    expect((await logIn('{"USERNAME":"zoe"}')).status).toBe(200);
    expect((await logIn("", "GET")).status).toBe(400);
    expect((await request("/login", { method: "OPTIONS" })).status).toBe(204);
  });

  it("CHAT-8 fails without a key, and signs with GUEST_SECRET when there is one", async () => {
    const init = { method: "POST", body: '{"username":"zoe"}' };
    const keySet = { ENVIRONMENT: "production", JWT_SECRET: "", JWT_JWKS_URL: "https://id.test/k" };
    const without = await ask("/login", keySet, init);
    expect([without.status, await without.text()]).toEqual([500, "internal error\n"]);
    const own = { ...PRODUCTION, GUEST_SECRET: "guests" };
    const { token } = await (await ask("/login", own, init)).json<{ token: string }>();
    expect(await admits(token, own)).toBe(101);
    expect(await admits(token, { ...keySet, GUEST_SECRET: "guests" })).toBe(101);
    expect(await admits(token, PRODUCTION)).toBe(401);
  });
});

describe("a guest's token", () => {
  const claims = { aud: "guest", sub: "guest:zoe", name: "zoe" };
  const vars = { ...PRODUCTION, GUEST_SECRET: "guests", JWT_AUDIENCE: "calls", JWT_ISSUER: "me" };

  it("CHAT-9 is verified by the guests' key alone, whatever else is configured", async () => {
    expect(await admits(await signToken(claims, "guests"), vars)).toBe(101);
    expect(await admits(await signToken({ ...claims, aud: ["a", "guest"] }, "guests"), vars)).toBe(
      101,
    );
    expect(await admits(await signToken(claims, OWN_SECRET), vars)).toBe(401);
    const user = { sub: "u", aud: "calls", iss: "me" };
    expect(await admits(await signToken(user, "guests"), vars)).toBe(401);
    expect(await admits(await signToken(user, OWN_SECRET), vars)).toBe(101);
  });

  it.each([
    ["expired", { exp: now() - 1 }],
    ["not yet valid", { nbf: now() + 60 }],
    ["without a name", { name: undefined }],
    ["with a bad name", { name: " zoe" }],
  ])("CHAT-9 is refused when %s", async (_, change) => {
    const token = await signToken({ ...claims, ...change }, "guests");
    expect(await admits(token, vars)).toBe(401);
  });

  it.each(["PUT", "DELETE"])("CHAT-9 opens no device by %s", async (method) => {
    const { token } = await (await logIn('{"username":"Zoe"}')).json<{ token: string }>();
    const response = await request("/devices/phone", {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(method === "PUT" ? { body: '{"os":"android","token":"t"}' } : {}),
    });
    expect([response.status, await response.text()]).toEqual([403, "Forbidden\n"]);
  });
});
