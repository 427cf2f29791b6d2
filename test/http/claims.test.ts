import { describe, expect, it } from "vitest";
import { admits, askSocket, OWN_SECRET, PRODUCTION } from "../support/ask.ts";
import { connect, connectAs, someone, upgrade } from "../support/client.ts";
import { runAlarm } from "../support/objects.ts";
import { now, signToken, type Claims } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
const user = () => someone("user");

/** The status for a token with these claims, in production. */
const status = async (claims: Claims, vars: object = {}) =>
  admits(await signToken(claims, OWN_SECRET), { ...PRODUCTION, ...vars });

describe("shared secrets", () => {
  it.each(["HS256", "HS384", "HS512"])("AUTH-1 verify %s", async (alg) => {
    const claims = { sub: user() };
    expect(await admits(await signToken(claims, OWN_SECRET, alg), PRODUCTION)).toBe(101);
    expect(await admits(await signToken(claims, `${OWN_SECRET}x`, alg), PRODUCTION)).toBe(401);
    const [header, , signature] = (await signToken(claims, OWN_SECRET, alg)).split(".");
    const [, body] = (await signToken({ sub: "somebody else" }, OWN_SECRET, alg)).split(".");
    expect(await admits(`${header}.${body}.${signature}`, PRODUCTION)).toBe(401);
    expect(await admits(`${header}.${body}.`, PRODUCTION)).toBe(401);
  });

  it("AUTH-1 verify nothing that a header renamed", async () => {
    const [, body, signature] = (await signToken({ sub: user() }, OWN_SECRET)).split(".");
    for (const alg of [
      "HS384",
      "HS512",
      "hs256",
      "none",
      "None",
      "",
      "RS256",
      "HS1",
      5,
      null,
      ["HS256"],
    ]) {
      const header = btoa(JSON.stringify({ alg })).replaceAll("=", "");
      expect(await admits(`${header}.${body}.${signature}`, PRODUCTION)).toBe(401);
    }
  });
});

describe("claims about time and place", () => {
  it("AUTH-4 wants exp in the future", async () => {
    expect(await status({ sub: user(), exp: now() + 2 })).toBe(101);
    for (const exp of [now() - 1, now(), 0, -1, "2099", String(now() + 60), null, true]) {
      expect(await status({ sub: user(), exp })).toBe(401);
    }
  });

  it("AUTH-4 wants exp at all, unless JWT_REQUIRE_EXP is false", async () => {
    const claims = { sub: user(), exp: undefined };
    expect(await status(claims)).toBe(401);
    expect(await status(claims, { JWT_REQUIRE_EXP: "true" })).toBe(401);
    expect(await status(claims, { JWT_REQUIRE_EXP: "false" })).toBe(101);
    expect(await status({ sub: user(), exp: now() - 1 }, { JWT_REQUIRE_EXP: "false" })).toBe(401);
  });

  it("AUTH-4 takes an exp of any distance", async () => {
    const exps = [now() + 60.5, 9_999_999_999, Date.now(), 1e15, Number.MAX_SAFE_INTEGER, 1e307];
    for (const exp of exps) {
      const own = user();
      const client = await connectAs(own, { sub: own, exp });
      await runAlarm(own);
      expect(await client.settled()).toEqual([]);
    }
  });

  it("AUTH-4 wants nbf in the past, if it is there", async () => {
    expect(await status({ sub: user(), nbf: now() - 1 })).toBe(101);
    for (const nbf of [now() + 60, "now"]) expect(await status({ sub: user(), nbf })).toBe(401);
  });

  it("AUTH-4 does not look at iat", async () => {
    for (const iat of [0, now() + 9_999, "yesterday", null, {}, -1.5]) {
      expect(await status({ sub: user(), iat })).toBe(101);
    }
  });

  it("AUTH-4 checks iss when JWT_ISSUER is set", async () => {
    const vars = { JWT_ISSUER: "https://issuer.example" };
    expect(await status({ sub: user(), iss: "https://issuer.example" }, vars)).toBe(101);
    for (const iss of [
      undefined,
      "https://issuer.example/",
      "other",
      ["https://issuer.example"],
      5,
    ]) {
      expect(await status({ sub: user(), iss }, vars)).toBe(401);
      expect(await status({ sub: user(), iss })).toBe(101);
    }
  });

  it("AUTH-4 checks aud when JWT_AUDIENCE is set", async () => {
    const vars = { JWT_AUDIENCE: "calls" };
    for (const aud of ["calls", ["calls"], ["other", "calls"]]) {
      expect(await status({ sub: user(), aud }, vars)).toBe(101);
    }
    for (const aud of [undefined, "other", ["other"], [], "calls ", 5]) {
      expect(await status({ sub: user(), aud }, vars)).toBe(401);
      expect(await status({ sub: user(), aud })).toBe(101);
    }
  });
});

describe("claims about the user", () => {
  /** Whether a token with these claims opens the socket of that user. */
  async function names(claims: Claims, expected: string, vars: object = {}): Promise<boolean> {
    const response = await askSocket(`token=${await signToken(claims, OWN_SECRET)}`, {
      ...PRODUCTION,
      ...vars,
    });
    if (!response.webSocket) return false;
    const caller = await connect(someone("caller"));
    caller.send("call.start", { callee_id: expected });
    return (await caller.nextMessage()).type === "call.ringing";
  }

  it("AUTH-5 takes the first non-empty string among hash, sub and user_id", async () => {
    const [a, b, c] = [user(), user(), user()];
    expect(await names({ hash: a, sub: b, user_id: c }, a)).toBe(true);
    for (const none of ["", null, 5, true, [], {}, [b]]) {
      const own = user();
      expect(await names({ hash: none, sub: own, user_id: c }, own)).toBe(true);
    }
    expect(await names({ hash: "", sub: "", user_id: c }, c)).toBe(true);
  });

  it("AUTH-5 takes what JWT_USER_CLAIMS says", async () => {
    const vars = { JWT_USER_CLAIMS: " uid , sub,,__proto__" };
    const [a, b] = [user(), user()];
    expect(await names({ uid: a, sub: b }, a, vars)).toBe(true);
    expect(await names({ hash: a, sub: b }, b, vars)).toBe(true);
    expect(await status({ hash: a }, vars)).toBe(401);
  });

  it("AUTH-5 lets claims that are not used have any type", async () => {
    const unused = {
      is_admin: true,
      name: 5,
      username: ["x"],
      image_profile: {},
      roles: [{}],
      jti: 7,
    };
    const own = user();
    expect(await names({ ...unused, sub: own, iss: 5, aud: 5, user_id: 42, "": null }, own)).toBe(
      true,
    );
    const other = user();
    expect(await names({ ...unused, sub: 42, hash: other }, other)).toBe(true);
  });

  it("AUTH-5 keeps names apart that look alike", async () => {
    const name = someone("Ünï 日/?#%20&=+");
    const client = await connectAs(name, { sub: name });
    const caller = await connect(someone("caller"));
    for (const other of [name.toLowerCase(), encodeURIComponent(name), `${name} `]) {
      caller.send("call.start", { callee_id: other });
      expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
    }
    caller.send("call.start", { callee_id: name });
    await client.rung();
  });

  it("AUTH-6 lets no guest in, nor a user who is named like one", async () => {
    for (const claims of [
      { sub: "guest:anna" },
      { sub: "guest:" },
      { hash: "guest:anna", sub: user() },
      { sub: user(), aud: "guest" },
      { sub: user(), aud: ["calls", "guest"] },
    ]) {
      expect(await status(claims)).toBe(401);
      expect(await status(claims, { JWT_AUDIENCE: "calls" })).toBe(401);
    }
    for (const sub of ["guest", "Guest:anna", "aguest:anna"]) {
      expect(await status({ sub: `${sub}-${user()}` })).toBe(101);
    }
    for (const query of ["user_id=guest:anna", "id=guest:anna"]) {
      expect((await upgrade(query)).status).toBe(401);
    }
  });
});
