/** Starts a `redis-server` of our own: on a free port, in memory only, gone when we go. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RedisEngine } from "./engine.ts";
import { freePort } from "./free-port.ts";

const ATTEMPTS = 3;
const START_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 3000;
const POLL_MS = 20;

/** The `redis-server` on a PATH, if there is one. */
export function findRedisServer(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, "redis-server"))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The process id that the server at the other end says it has. */
async function processIdOf(engine: RedisEngine): Promise<number> {
  const info = await engine.run(["INFO", "server"]);
  const text = info.type === "bulk" ? Buffer.from(info.bytes).toString() : "";
  return Number(/^process_id:(\d+)/m.exec(text)?.[1]);
}

const running = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

async function stop(child: ChildProcess): Promise<void> {
  if (!running(child)) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

/** Connects as soon as the child listens; undefined when it ended, or another server holds its port. */
async function connectTo(child: ChildProcess, port: number): Promise<RedisEngine | undefined> {
  const { connectEngine } = await import("./connected.ts");
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (running(child) && Date.now() < deadline) {
    try {
      const engine = await connectEngine(`redis://127.0.0.1:${port}`, "local redis-server");
      // Nothing may be written to a server that is not ours: the port may have been taken meanwhile.
      if ((await processIdOf(engine)) === child.pid) return engine;
      await engine.close();
      return undefined;
    } catch {
      await delay(POLL_MS);
    }
  }
  return undefined;
}

/**
 * Starts the server and connects to it. Closing the engine stops the server; so does the end of this process.
 *
 * @param file The executable, as `findRedisServer` gives it.
 * @throws {Error} when it does not start
 */
export async function startRedisServer(file: string): Promise<RedisEngine> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const args = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    const child = spawn(file, [...args, "--dir", tmpdir()], { stdio: "ignore" });
    // A file that cannot be run reports so here; the process then never gets an id.
    child.once("error", () => {});
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    const engine = child.pid === undefined ? undefined : await connectTo(child, port);
    const release = async (): Promise<void> => {
      await stop(child);
      process.removeListener("exit", kill);
    };
    if (engine) {
      return {
        ...engine,
        async close() {
          await engine.close();
          await release();
        },
      };
    }
    if (child.pid !== undefined) await release();
    process.removeListener("exit", kill);
  }
  throw new Error(`${file} does not start`);
}
