import { Redis } from "@upstash/redis";
import { expect, onTestFinished, test } from "vitest";
import { findRedisServer } from "../../../dev/redis/redis-server.ts";
import { type RedisSettings, serveRedis } from "../../../dev/redis/serve.ts";

async function serve(settings: RedisSettings) {
  const served = await serveRedis(settings);
  onTestFinished(() => served.close());
  return served;
}

const ping = ({ url, token }: { url: string; token: string }) =>
  new Redis({
    url,
    token,
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: false,
  }).ping();

const upstash = {
  UPSTASH_REDIS_REST_URL: "https://example.com",
  UPSTASH_REDIS_REST_TOKEN: "secret",
};

test("uses Upstash itself when its variables are set", async () => {
  expect(await serve(upstash)).toMatchObject({
    url: "https://example.com",
    token: "secret",
    label: "Upstash",
    lasting: true,
  });
});

test.each([
  [{ UPSTASH_REDIS_REST_URL: "https://example.com" }, "UPSTASH_REDIS_REST_TOKEN is missing"],
  [
    { UPSTASH_REDIS_REST_TOKEN: "secret", UPSTASH_REDIS_REST_URL: "" },
    "UPSTASH_REDIS_REST_URL is missing",
  ],
  [{ EDGERING_REDIS: "sqlite" }, 'EDGERING_REDIS is "sqlite"'],
  [{ REDIS_URL: "redis://127.0.0.1:1" }, "REDIS_URL does not answer"],
])("refuses %j and says why", async (settings, message) => {
  await expect(serveRedis(settings)).rejects.toThrow(message);
});

test.each<RedisSettings>([
  {},
  { PATH: "/nowhere" },
  { EDGERING_REDIS: "embedded", ...upstash, REDIS_URL: "redis://127.0.0.1:1" },
])("serves the embedded engine for %j", async (settings) => {
  const served = await serve(settings);
  expect(served).toMatchObject({ label: "embedded", lasting: false });
  expect(await ping(served)).toBe("PONG");
});

test("gives each endpoint a token of its own, and serves only with it", async () => {
  const [one, other] = [await serve({}), await serve({})];
  await expect(ping({ url: one.url, token: other.token })).rejects.toThrow("WRONGPASS");
});

test("listens on this machine only, and no more once closed", async () => {
  const served = await serveRedis({});
  expect(new URL(served.url).hostname).toBe("127.0.0.1");
  await served.close();
  await expect(fetch(served.url)).rejects.toThrow("fetch failed");
});

test("finds redis-server on the PATH only", () => {
  expect(findRedisServer("")).toBeUndefined();
  expect(findRedisServer("/nowhere")).toBeUndefined();
});
