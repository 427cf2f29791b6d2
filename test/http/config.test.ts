import { describe, expect, it } from "vitest";
import { ask, OWN_SECRET, PRODUCTION } from "../support/ask.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
const REQUESTS = [
  ["GET", "/health"],
  ["GET", "/ws?token=x"],
  ["POST", "/dev/token"],
  ["OPTIONS", "/ws"],
  ["GET", "/nothing"],
] as const;

/** What every request gets from a Worker with these variables: status and text, all alike. */
async function answers(vars: object): Promise<string> {
  const all = await Promise.all(
    REQUESTS.map(async ([method, path]) => {
      const response = await ask(path, { ...PRODUCTION, ...vars }, { method });
      return `${response.status} ${await response.text()}`;
    }),
  );
  expect(new Set(all).size).toBe(1);
  return all[0] ?? "";
}

describe("a deployment without a key of its own", () => {
  it.each([
    ["no key at all", { JWT_SECRET: undefined }],
    ["empty keys", { JWT_SECRET: "", JWT_JWKS_URL: "" }],
    ["the published default", { JWT_SECRET: "dev-secret-change-in-production" }],
    [
      "the published default beside a key set",
      { JWT_SECRET: "dev-secret-change-in-production", JWT_JWKS_URL: "https://keys.test/jwks" },
    ],
    ["no ENVIRONMENT and no key", { ENVIRONMENT: undefined, JWT_SECRET: undefined }],
  ])("AUTH-7 serves nothing: %s", async (_, vars) => {
    const answer = await answers(vars);
    expect(answer).toMatch(/^500 .*JWT_SECRET/);
    expect(answer).not.toContain("dev-secret-change-in-production");
  });

  it("AUTH-7 serves with either kind of key, and in development with the default", async () => {
    for (const vars of [
      PRODUCTION,
      { ...PRODUCTION, JWT_SECRET: undefined, JWT_JWKS_URL: "https://keys.test/jwks" },
      { ENVIRONMENT: "development", JWT_SECRET: "dev-secret-change-in-production" },
      { ENVIRONMENT: "development", JWT_SECRET: undefined },
    ]) {
      expect((await ask("/health", vars)).status).toBe(200);
    }
  });
});

describe("a malformed variable", () => {
  it.each([
    ["ENVIRONMENT", ["staging", "Production", "dev"]],
    ["JWT_JWKS_URL", ["not a url", "keys.test/jwks", "ftp://keys.test", "file:///etc/passwd"]],
    ["JWT_REQUIRE_EXP", ["maybe", "2"]],
    ["UPSTASH_REDIS_REST_URL", ["redis.test", "redis://redis.test:6379"]],
    ["RING_TIMEOUT_SECONDS", ["4", "181", "abc", "45s", "10.5", "-5", "NaN", "Infinity"]],
    ["RECONNECT_GRACE_SECONDS", ["-1", "soon", "1.5", "1e9"]],
    ["RATE_LIMIT_PER_SECOND", ["0", "-1", "many"]],
    ["RATE_LIMIT_BURST", ["0", "1.5"]],
    ["LOG_LEVEL", ["verbose", "INFO"]],
  ])("AUTH-8 is named in the answer to every request: %s", async (name, values) => {
    for (const value of values) {
      const answer = await answers({ [name]: value });
      expect(answer).toMatch(new RegExp(`^500 .*${name}`));
      expect(answer).not.toContain(OWN_SECRET);
    }
  });

  it.each(["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"])(
    "AUTH-8 is named when missing: %s",
    async (name) => {
      for (const value of [undefined, ""]) {
        expect(await answers({ [name]: value })).toMatch(new RegExp(`^500 .*${name}`));
      }
    },
  );

  it("AUTH-8 is not one that is empty: its default holds", async () => {
    const names = [
      "RING_TIMEOUT_SECONDS",
      "RECONNECT_GRACE_SECONDS",
      "LOG_LEVEL",
      "JWT_USER_CLAIMS",
    ];
    const vars = Object.fromEntries(names.map((name) => [name, ""]));
    expect((await ask("/health", { ...PRODUCTION, ...vars })).status).toBe(200);
  });
});
