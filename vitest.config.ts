/** Tests by where they run: plain Node, and workerd with real Durable Objects. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["test/{protocol,core,features,wire,dev,web-client,adapters,lua,tools}/**/*.test.ts"],
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          name: "workerd",
          include: ["test/{durable,http}/**/*.test.ts"],
        },
      },
    ],
  },
});
