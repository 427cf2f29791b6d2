/**
 * A run's own folder, removed on every way out; the processes that a run starts are ended by who starts
 * them (workerd.ts, redis-server.ts).
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const scratch = await mkdtemp(join(tmpdir(), "edgering-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
// Without these a signal would end the process past its exit handlers.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/** Makes a new folder in it. @throws {Error} when that name is taken */
export async function directory(name: string): Promise<string> {
  const path = join(scratch, name);
  await mkdir(path);
  return path;
}
