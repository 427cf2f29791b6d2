import { describe, expect, it } from "vitest";
import { askSocket, OWN_SECRET, PRODUCTION } from "../support/ask.ts";
import { request, someone, upgrade } from "../support/client.ts";
import { now, signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** A response as far as refusals fix it. */
async function shapeOf(response: Response): Promise<unknown[]> {
  const { status, headers } = response;
  const sniff = headers.get("x-content-type-options");
  return [status, headers.get("content-type"), sniff, await response.text()];
}

const text = (body: string, status = 401) => [status, "text/plain; charset=utf-8", "nosniff", body];
const json = (body: unknown) => [401, "application/json", "nosniff", body];
const accept = { accept: "text/html, application/json" };

describe("refusals", () => {
  it("CONN-3 say that the token is missing", async () => {
    for (const query of ["", "id=anna", "token=", "token=%20", "name=anna", "Token=x", "jwt=x"]) {
      expect(await shapeOf(await askSocket(query, PRODUCTION))).toEqual(text("Missing token\n"));
    }
  });

  it("CONN-3 say the same of every token that is no good", async () => {
    const claims = { sub: someone("user") };
    const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
    const tokens = [
      ...["x", "a.b.c", "..", "null", "%00", "a".repeat(9_000), `${await signToken(claims)}x`],
      await signToken({ ...claims, exp: now() - 1 }),
      await signToken({ ...claims, nbf: now() + 60 }),
      await signToken(claims, OWN_SECRET),
      await signToken({}),
      await signToken({ sub: 42 }),
      await signToken({ sub: "guest:anna" }),
      `${part({ alg: "none" })}.${part({ ...claims, exp: now() + 60 })}.`,
    ];
    for (const token of tokens) {
      for (const headers of [{}, { upgrade: "websocket" }]) {
        const response = await request(`/ws?token=${token}`, { headers });
        expect(await shapeOf(response)).toEqual(text("Invalid token\n"));
      }
    }
  });

  it("CONN-5 speak JSON to clients that can read it: a bad token", async () => {
    for (const response of [
      await upgrade("", { authorization: "Bearer x" }),
      await upgrade("access_token=x"),
      await upgrade("token=x&user_id=anna"),
      await upgrade("token=x", accept),
    ]) {
      const body: unknown = expect.stringMatching(/^\{"error":"invalid token: [^"]+"\}$/);
      expect(await shapeOf(response)).toEqual(json(body));
    }
    for (const claims of [{ name: "Anna" }, { sub: 42 }, { sub: "guest:anna" }]) {
      const unnamed = await upgrade(`access_token=${await signToken(claims)}`);
      expect(await shapeOf(unnamed)).toEqual(json('{"error":"invalid token"}'));
    }
  });

  it("CONN-5 speak JSON to clients that can read it: no token", async () => {
    for (const response of [
      await askSocket("user_id=anna", PRODUCTION),
      await askSocket("", PRODUCTION, accept),
      await askSocket("", PRODUCTION, { accept: "Application/JSON" }),
      await askSocket("", PRODUCTION, { authorization: "x" }),
      await askSocket("access_token=", PRODUCTION),
    ]) {
      expect(await shapeOf(response)).toEqual(json('{"error":"missing token"}'));
    }
  });

  it("CONN-5 are text to everybody when there is no upgrade", async () => {
    const response = await request("/ws?user_id=anna", { headers: accept });
    expect(await shapeOf(response)).toEqual(text("Bad Request\n", 400));
  });

  it("CONN-5 say in development what is wrong with the address", async () => {
    const empty = await upgrade("user_id=");
    expect([empty.status, await empty.text()]).toEqual([400, '{"error":"missing user_id"}']);
    const noKeys = { JWT_SECRET: undefined, JWT_JWKS_URL: undefined };
    const sent = await askSocket(`access_token=${await signToken({ sub: "a" })}`, noKeys);
    expect(sent.status).toBe(400);
    expect(await sent.text()).toMatch(/^\{"error":"[^"]*user_id[^"]*"\}$/);
    expect((await askSocket(`user_id=${someone("user")}`, noKeys)).status).toBe(101);
  });
});
