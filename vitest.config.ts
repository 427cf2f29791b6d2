/** Tests by where they run: plain Node, and workerd with real Durable Objects. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { variableNames } from "./src/variables.ts";
import { pushService } from "./test/support/push-service.ts";
import { REDIS_TOKEN, REDIS_URL, redisService } from "./test/support/redis-service.ts";

const bindings = {
  // What a contributor's .dev.vars sets must not reach the tests.
  ...Object.fromEntries(variableNames.map((name) => [name, ""])),
  ENVIRONMENT: "development",
  JWT_SECRET: "dev-secret-change-in-production",
  UPSTASH_REDIS_REST_URL: REDIS_URL,
  UPSTASH_REDIS_REST_TOKEN: REDIS_TOKEN,
  APP_PASS: "test-password",
  APP_SECRET: "test-secret",
  LOG_LEVEL: "warn",
  // How long the random faults go on, and the seed to repeat; see test/chaos.
  CHAOS_CALLS: process.env["CHAOS_CALLS"] ?? "",
  CHAOS_SEED: process.env["CHAOS_SEED"] ?? "",
  CHAOS_ROUNDS: process.env["CHAOS_ROUNDS"] ?? "",
  RACE_ROUNDS: process.env["RACE_ROUNDS"] ?? "",
};

const redis = redisService();
const push = pushService();

/** Lua files are text modules, in Node as in the Worker's bundle. */
const luaText: Plugin = {
  name: "lua-text",
  transform: (code, id) =>
    id.endsWith(".lua")
      ? { code: `export default ${JSON.stringify(code)};`, map: null }
      : undefined,
};

/** Generous, for machines that do other things as well; no test waits for it. */
const patient = { testTimeout: 20_000, hookTimeout: 20_000 };

/** Long, resetting all objects at once, or counting all that happens: each file has a workerd of its own. */
const alone = [
  "test/{chaos,cut,model}/**/*.test.ts",
  "test/durable/{resume,resume-requests,rooms-returning,stored-state}.test.ts",
  "test/http/metrics.test.ts",
];

/** Tests that run in workerd. `isolate`: each file in one of its own, which takes a while to start. */
const workerd = (name: string, include: string[], exclude: string[], isolate: boolean) => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings,
        outboundService: (request) =>
          new URL(request.url).host === "push.test" ? push(request) : redis.serve(request),
      },
    }),
  ],
  test: {
    ...patient,
    name,
    isolate,
    include,
    exclude,
    // How far the walks beside the model go, and from where; see test/model.
    provide: {
      model: {
        steps: process.env["MODEL_STEPS"],
        seed: process.env["MODEL_SEED"],
        recipe: process.env["MODEL_RECIPE"],
      },
    },
  },
});

export default defineConfig({
  test: {
    // Redis lives in this process, which would not end otherwise.
    reporters: [
      "default",
      ["json", { outputFile: "test-results/vitest.json" }],
      { onTestRunEnd: () => redis.close() },
    ],
    projects: [
      {
        test: {
          ...patient,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
        },
      },
      {
        plugins: [luaText],
        test: {
          ...patient,
          name: "node",
          include: [
            "test/{protocol,core,features,wire,config,shell,dev,check,web-client,adapters,lua,deploy}/**/*.test.ts",
          ],
        },
      },
      // Files share one workerd; each has users of its own.
      workerd("workerd", ["test/{durable,http}/**/*.test.ts"], alone, false),
      workerd("alone", alone, [], true),
    ],
  },
});
