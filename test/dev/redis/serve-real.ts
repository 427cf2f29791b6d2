/** What `serveRedis` does on a machine that has a `redis-server`. */
import { expect, onTestFinished, test } from "vitest";
import { startRedisServer } from "../../../dev/redis/redis-server.ts";
import { serveRedis } from "../../../dev/redis/serve.ts";

const PING = { method: "POST", body: '["PING"]' };

/** Defines the tests; the file is the server's executable, which stands on the PATH. */
export function serveRealTests(file: string): void {
  const PATH = process.env["PATH"];

  test("serves the redis-server on the PATH", async () => {
    const served = await serveRedis({ PATH });
    onTestFinished(() => served.close());
    expect(served).toMatchObject({ label: "local redis-server", lasting: false });
    const response = await fetch(served.url, {
      ...PING,
      headers: { authorization: `Bearer ${served.token}` },
    });
    expect(await response.json()).toEqual({ result: "PONG" });
  });

  test("serves the Redis that REDIS_URL names, and leaves it running", async () => {
    const server = await startRedisServer(file);
    onTestFinished(() => server.close());
    const answer = await server.run(["CONFIG", "GET", "port"]);
    const item = answer.type === "array" ? answer.items[1] : undefined;
    const port = item?.type === "bulk" ? Buffer.from(item.bytes).toString() : "";
    const served = await serveRedis({ REDIS_URL: `redis://127.0.0.1:${port}`, PATH });
    expect(served).toMatchObject({ label: "REDIS_URL", lasting: true });
    await served.close();
    expect(await server.run(["PING"])).toEqual({ type: "status", text: "PONG" });
  });
}
