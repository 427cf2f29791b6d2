/** Builds the web client when there is no build yet, or its sources are newer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StartError } from "./start-error.ts";

const CLIENT = join("examples", "web-client");
/** Examples that are built into it. */
const BESIDE = ["direct", "socketio"];
const BUILD = "dist";

/** When the newest file below a directory was changed, in Unix milliseconds; 0 when there is none. */
function newestChange(directory: string, skip: readonly string[] = []): number {
  const entries = readdirSync(directory, { withFileTypes: true }).filter(
    ({ name }) => !skip.includes(name),
  );
  return entries.reduce((newest, entry) => {
    const path = join(directory, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestChange(path) : statSync(path).mtimeMs);
  }, 0);
}

/** Whether the client in a directory has to be built. */
export function isStale(client: string): boolean {
  const index = statSync(join(client, BUILD, "index.html"), { throwIfNoEntry: false });
  const beside = BESIDE.map((name) => join(client, "..", name)).filter((path) => existsSync(path));
  const newest = [client, ...beside].map((path) => newestChange(path, [BUILD, "node_modules"]));
  return index === undefined || index.mtimeMs < Math.max(...newest);
}

/** Builds the repository's web client if need be. @throws {StartError} */
export async function buildWebClient(root: string): Promise<void> {
  if (!isStale(join(root, CLIENT))) return;
  const vite = createRequire(join(root, "package.json")).resolve("vite/package.json");
  const builder = join(dirname(vite), "bin", "vite.js");
  const child = spawn(process.execPath, [builder, "build", CLIENT, "--logLevel", "warn"], {
    cwd: root,
    // Whatever starts it, a test among others: the page is the one that is deployed.
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill();
  process.once("exit", kill);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  process.removeListener("exit", kill);
  if (code !== 0) throw new StartError(`the web client does not build:\n${said.trim()}`);
}
