/** A new version is deployed in the middle of a call: real sockets, a real server, every message. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createTestHarness } from "wrangler";
import { runTool } from "../../dev/check/tool.ts";
import { serveRedis, type ServedRedis } from "../../dev/redis/serve.ts";
import { expectNothingLost, type Pair } from "../support/cut-call.ts";

const server = createTestHarness();
let redis: ServedRedis | undefined;
let version = 0;
/** A deployment takes over a second; `npm run chaos` has one at every message. */
const EVERY = Number(process.env["CUT_EVERY"] ?? 3);
const built = mkdtempSync(join(tmpdir(), "edgering-deploy-"));

/** What the harness serves; every version differs in something. */
const options = () => ({
  workers: [
    {
      configPath: new URL("../../wrangler.toml", import.meta.url),
      prebuiltWorkerDir: built,
      vars: {
        ENVIRONMENT: "development",
        LOG_LEVEL: "error",
        JWT_ISSUER: `version ${version}`,
        UPSTASH_REDIS_REST_URL: redis?.url ?? "",
        UPSTASH_REDIS_REST_TOKEN: redis?.token ?? "",
      },
    },
  ],
});

async function dial(query: string): Promise<WebSocket> {
  const { url } = await server.listen();
  const socket = new WebSocket(new URL(`/ws?${query}`, url.href.replace("http", "ws")));
  await once(socket, "open");
  return socket;
}

beforeAll(async () => {
  const { code, output } = await runTool("wrangler", ["deploy", "--dry-run", "--outdir", built]);
  if (code !== 0) throw new Error(output);
  redis = await serveRedis({ PATH: process.env["PATH"] });
  await server.update(options());
}, 120_000);

afterAll(async () => {
  await server.close();
  await redis?.close();
  rmSync(built, { recursive: true });
});

/** Deploys, and has both clients come back once they have noticed. */
async function deploy({ alice, bob }: Pair): Promise<void> {
  const noticed = [alice, bob].map(
    (client) => new Promise<void>((done) => (client.onClose = done)),
  );
  version += 1;
  await server.update(options());
  await Promise.all(noticed);
  await Promise.all([alice.connect(), bob.connect()]);
}

describe("a deployment", () => {
  it("CUT-1 in the middle of a call loses nothing", { timeout: 300_000 }, () =>
    expectNothingLost("a deployment", deploy, dial, EVERY),
  );
});
