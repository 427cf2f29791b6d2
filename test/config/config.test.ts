import { describe, expect, test } from "vitest";
import { ConfigError, parseConfig } from "../../src/config.ts";
import { variableNames, variables } from "../../src/variables.ts";

const redis = {
  UPSTASH_REDIS_REST_URL: "https://redis.test",
  UPSTASH_REDIS_REST_TOKEN: "redis-token",
};
const production = { ...redis, JWT_SECRET: "a secret of our own" };

function complaint(env: Record<string, unknown>): string {
  try {
    parseConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("the configuration was taken");
}

describe("the configuration", () => {
  test("has the defaults of the contract", () => {
    expect(parseConfig(production)).toEqual({
      ...production,
      ENVIRONMENT: "production",
      JWT_USER_CLAIMS: ["hash", "sub", "user_id"],
      JWT_REQUIRE_EXP: true,
      RING_TIMEOUT_SECONDS: 45,
      RECONNECT_GRACE_SECONDS: 15,
      CALL_WAITING: false,
      PUSH_CALLER_TOKENS: true,
      RATE_LIMIT_PER_SECOND: 50,
      RATE_LIMIT_BURST: 200,
      ROOM_MAX_MEMBERS: 12,
      ROOM_JOIN_TIMEOUT_SECONDS: 60,
      DIRECT_SIGNALING: "rooms",
      SIO_STATIC_APP_TOKENS: [],
      APP_TOKENS_REVOKED: [],
      TOKEN_LIFETIME: 86_400,
      SIO_PING_INTERVAL_MS: 300_000,
      SIO_PING_TIMEOUT_MS: 60_000,
      TURN_URLS: [],
      TURN_BASE_URL: "https://rtc.live.cloudflare.com",
      TURN_TTL_SECONDS: 3_600,
      STUN_URLS: ["stun:stun.cloudflare.com:3478"],
      CORS_ALLOWED_ORIGINS: ["*"],
      API_KEYS: [],
      PRESENCE_GRACE_SECONDS: 5,
      MAX_CHANNELS_PER_SOCKET: 100,
      CHANNEL_HISTORY_SIZE: 100,
      CHANNEL_HISTORY_SECONDS: 300,
      CHANNEL_DEFAULT_RIGHTS: ["subscribe", "publish", "presence", "history"],
      CHAT_HISTORY: 0,
      WEBHOOK_URLS: [],
      LOG_LEVEL: "info",
    });
  });

  test("takes an empty variable as unset, each of them", () => {
    const empty = Object.fromEntries(variableNames.map((name) => [name, ""]));
    expect(parseConfig({ ...empty, ...production })).toEqual(parseConfig(production));
  });

  test("ignores bindings, and what it does not know", () => {
    const env = { ...production, USER: { getByName: () => {} }, JWT_ISSUER: 7, OTHER: "x" };
    expect(parseConfig(env)).toEqual(parseConfig(production));
  });

  test("reads every variable", () => {
    const env = {
      ENVIRONMENT: "development",
      JWT_SECRET: "s",
      JWT_JWKS_URL: "https://id.test/keys",
      JWT_ISSUER: "https://id.test",
      JWT_AUDIENCE: "calls",
      JWT_USER_CLAIMS: " sub , email,, ",
      JWT_REQUIRE_EXP: "false",
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:8079//",
      UPSTASH_REDIS_REST_TOKEN: "t",
      RING_TIMEOUT_SECONDS: "180",
      RECONNECT_GRACE_SECONDS: "0",
      CALL_WAITING: "true",
      RATE_LIMIT_PER_SECOND: "1",
      RATE_LIMIT_BURST: "1",
      ROOM_MAX_MEMBERS: "2",
      ROOM_JOIN_TIMEOUT_SECONDS: "1",
      DIRECT_SIGNALING: "open",
      APP_SECRET: "app-s",
      APP_PASS: "p",
      SIO_STATIC_APP_TOKENS: "a.b.c, d.e.f",
      APP_TOKENS_REVOKED: "g.h.i",
      TOKEN_LIFETIME: "1",
      SIO_PING_INTERVAL_MS: "1000",
      SIO_PING_TIMEOUT_MS: "1000",
      TURN_URLS: "turn:a.test",
      TURN_SECRET: "t",
      TURN_KEY_ID: "k",
      TURN_KEY_API_TOKEN: "t",
      TURN_BASE_URL: "https://turn.test",
      TURN_TTL_SECONDS: "60",
      STUN_URLS: "stun:a.test",
      CORS_ALLOWED_ORIGINS: "https://a.test, https://b.test",
      API_KEYS: "one, two",
      PRESENCE_GRACE_SECONDS: "0",
      MAX_CHANNELS_PER_SOCKET: "3",
      CHANNEL_HISTORY_SIZE: "0",
      CHANNEL_HISTORY_SECONDS: "60",
      CHANNEL_DEFAULT_RIGHTS: "subscribe",
      CHAT_HISTORY: "200",
      GUEST_SECRET: "g",
      WEBHOOK_URLS: "https://hook.test/a",
      WEBHOOK_SECRET: "w",
      METRICS_KEY: "k",
      PUSH_CALLER_TOKENS: "false",
      FCM_PROJECT_ID: "p",
      FCM_SERVICE_ACCOUNT_JSON: "{}",
      FCM_BASE_URL: "https://fcm.test/",
      APNS_KEY_P8: "k",
      APNS_KEY_ID: "k",
      APNS_TEAM_ID: "t",
      APNS_BUNDLE_ID: "b",
      APNS_PRODUCTION: "true",
      APNS_BASE_URL: "https://apns.test",
      VAPID_PUBLIC_KEY: "k",
      VAPID_PRIVATE_KEY: "k",
      VAPID_SUBJECT: "mailto:a@b.test",
      DEV_PUSH_URL: "http://127.0.0.1:1",
      LOG_LEVEL: "debug",
    };
    expect(parseConfig(env)).toEqual({
      ...env,
      JWT_USER_CLAIMS: ["sub", "email"],
      JWT_REQUIRE_EXP: false,
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:8079",
      RING_TIMEOUT_SECONDS: 180,
      RECONNECT_GRACE_SECONDS: 0,
      CALL_WAITING: true,
      PUSH_CALLER_TOKENS: false,
      FCM_BASE_URL: "https://fcm.test",
      ROOM_MAX_MEMBERS: 2,
      ROOM_JOIN_TIMEOUT_SECONDS: 1,
      SIO_STATIC_APP_TOKENS: ["a.b.c", "d.e.f"],
      APP_TOKENS_REVOKED: ["g.h.i"],
      TOKEN_LIFETIME: 1,
      SIO_PING_INTERVAL_MS: 1_000,
      SIO_PING_TIMEOUT_MS: 1_000,
      TURN_URLS: ["turn:a.test"],
      TURN_TTL_SECONDS: 60,
      STUN_URLS: ["stun:a.test"],
      RATE_LIMIT_PER_SECOND: 1,
      RATE_LIMIT_BURST: 1,
      CORS_ALLOWED_ORIGINS: ["https://a.test", "https://b.test"],
      API_KEYS: ["one", "two"],
      PRESENCE_GRACE_SECONDS: 0,
      MAX_CHANNELS_PER_SOCKET: 3,
      CHANNEL_HISTORY_SIZE: 0,
      CHANNEL_HISTORY_SECONDS: 60,
      CHANNEL_DEFAULT_RIGHTS: ["subscribe"],
      CHAT_HISTORY: 200,
      WEBHOOK_URLS: ["https://hook.test/a"],
    });
    expect(Object.keys(env).toSorted()).toEqual(variableNames.toSorted());
  });
});

describe("a configuration that cannot be served", () => {
  test.each([
    ["JWT_SECRET", redis],
    ["JWT_JWKS_URL", redis],
    ["JWT_SECRET", { ...redis, JWT_SECRET: "" }],
    ["JWT_SECRET", { ...redis, JWT_SECRET: "dev-secret-change-in-production" }],
    [
      "JWT_SECRET",
      {
        ...redis,
        JWT_SECRET: "dev-secret-change-in-production",
        JWT_JWKS_URL: "https://id.test/keys",
      },
    ],
  ])("AUTH-7 names %s", (name, env) => {
    expect(complaint(env)).toContain(name);
    expect(complaint({ ...env, ENVIRONMENT: "production" })).toContain(name);
  });

  test("AUTH-7 says what to do", () => {
    expect(complaint(redis)).toContain("npx wrangler secret put JWT_SECRET");
  });

  test("AUTH-7 is another thing in development", () => {
    const development = { ...redis, ENVIRONMENT: "development" };
    expect(parseConfig(development)).not.toHaveProperty("JWT_SECRET");
    const secret = "dev-secret-change-in-production";
    expect(parseConfig({ ...development, JWT_SECRET: secret }).JWT_SECRET).toBe(secret);
  });

  test("AUTH-7 a key set is enough", () => {
    const env = { ...redis, JWT_JWKS_URL: "https://id.test/keys" };
    expect(parseConfig(env).JWT_JWKS_URL).toBe("https://id.test/keys");
  });

  test.each(["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"])("names %s", (name) => {
    expect(complaint({ ...production, [name]: "" })).toContain(name);
    const development = { ENVIRONMENT: "development", ...production, [name]: undefined };
    expect(complaint(development)).toContain(name);
  });

  test.each([
    ["ENVIRONMENT", "Production"],
    ["ENVIRONMENT", "staging"],
    ["JWT_JWKS_URL", "id.test/keys"],
    ["JWT_JWKS_URL", "ftp://id.test/keys"],
    ["JWT_REQUIRE_EXP", "perhaps"],
    ["UPSTASH_REDIS_REST_URL", "redis://redis.test:6379"],
    ["RING_TIMEOUT_SECONDS", "4"],
    ["RING_TIMEOUT_SECONDS", "181"],
    ["RING_TIMEOUT_SECONDS", "30.5"],
    ["RING_TIMEOUT_SECONDS", "thirty"],
    ["RING_TIMEOUT_SECONDS", " "],
    ["RECONNECT_GRACE_SECONDS", "-1"],
    ["RATE_LIMIT_PER_SECOND", "0"],
    ["RATE_LIMIT_BURST", "1e9"],
    ["LOG_LEVEL", "verbose"],
    ["JWT_USER_CLAIMS", ","],
    ["WEBHOOK_URLS", "https://hook.test/a,hook.test/b"],
  ])("AUTH-8 %s=%s is malformed, and named", (name, value) => {
    expect(complaint({ ...production, [name]: value })).toMatch(
      new RegExp(`^${name} is invalid: .`),
    );
  });

  test("never repeats a secret", () => {
    const env = { ...production, JWT_SECRET: "s3cret", RING_TIMEOUT_SECONDS: "x" };
    expect(complaint(env)).not.toContain("s3cret");
  });
});

describe("the table of variables", () => {
  test.each(variableNames)("describes %s", (name) => {
    const { description } = variables[name as keyof typeof variables];
    expect(description).toMatch(/^.{15,}[^.]$/);
  });

  test("names them as variables are named", () => {
    for (const name of variableNames) expect(name).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
  });
});

test("AUTH-7 the published app secret serves nobody outside development", () => {
  expect(complaint({ ...production, APP_SECRET: "dev-app-secret" })).toContain("APP_SECRET");
  const env = { ...production, ENVIRONMENT: "development", APP_SECRET: "dev-app-secret" };
  expect(parseConfig(env).APP_SECRET).toBe("dev-app-secret");
});
