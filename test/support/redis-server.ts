/** Decides what becomes of tests that need a real `redis-server` on a machine without one. */
import { describe, expect, test } from "vitest";
import { findRedisServer } from "../../dev/redis/redis-server.ts";

const HOW = "needs redis-server on the PATH: apt-get install redis-server";

/**
 * Defines a suite that gets the path of the real `redis-server`. Without one the suite is left out and a
 * line says so; in CI it fails instead, so that nobody ships what only the embedded engine has run.
 */
export function describeWithRedis(name: string, define: (file: string) => void): void {
  const file = findRedisServer(process.env["PATH"] ?? "");
  if (file) {
    describe(name, () => define(file));
    return;
  }
  if (process.env["CI"]) {
    test(name, () => expect.fail(`this suite ${HOW}`));
    return;
  }
  console.warn(`Left out: "${name}" ${HOW}`);
}
