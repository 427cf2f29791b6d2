/** The Worker in workerd with real sockets, without the command line around it. */
import { join } from "node:path";
import { serveRedis } from "../../../dev/redis/serve.ts";
import { buildWebClient } from "../../../dev/web-client.ts";
import { startWorker } from "../../../dev/worker.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

export interface LiveWorker {
  /** Its address, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it. `root`: where its sources are; the project's own by default. */
export async function startLiveWorker(
  variables: Readonly<Record<string, string>> = {},
  root = ROOT,
): Promise<LiveWorker> {
  const [redis] = await Promise.all([
    serveRedis({ EDGERING_REDIS: "embedded" }),
    buildWebClient(ROOT),
  ]);
  const worker = await startWorker({
    config: join(root, "wrangler.toml"),
    host: "127.0.0.1",
    port: 0,
    variables: {
      ENVIRONMENT: "development",
      JWT_SECRET: "dev-secret-change-in-production",
      APP_PASS: "dev-app-password",
      APP_SECRET: "dev-app-secret",
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: redis.token,
      LOG_LEVEL: "error",
      ...variables,
    },
    persist: false,
    verbose: false,
  });
  return {
    url: worker.url.origin,
    stop: async () => {
      await worker.stop();
      await redis.close();
    },
  };
}
