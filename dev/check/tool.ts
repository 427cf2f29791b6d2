/** Runs a command of the project with the project's own Node, and keeps what it prints. */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { root } from "./problems.ts";

/** Folder of the commands that the project's packages bring, the project's Node among them. */
const BIN = fileURLToPath(new URL("node_modules/.bin", root));

/** How a command ended. `output` is what it printed, both streams in order of arrival. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** The environment of every command: no colours in captured text, no telemetry. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  return {
    ...inherited,
    PATH: `${BIN}${delimiter}${process.env["PATH"] ?? ""}`,
    NO_COLOR: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
  };
}

/** Runs a command, by its name in node_modules/.bin, in a folder (default: the project's root). */
export function runTool(
  name: string,
  args: readonly string[],
  folder: string = fileURLToPath(root),
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, name), args, {
      cwd: folder,
      env: toolEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      // The commands are batch files there.
      shell: process.platform === "win32",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      const output = stripVTControlCharacters(Buffer.concat(chunks).toString("utf8"));
      resolve({ code: code ?? 1, output });
    });
  });
}
