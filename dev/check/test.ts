/**
 * `npm test`: builds the page that the Worker serves, runs the checks and then all tests, and says at
 * the end how many tests ran. Arguments go to vitest and leave the checks out: `npm test -- calls`.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMain, root } from "./problems.ts";
import { toolEnvironment } from "./tool.ts";

/** Where vitest.config.ts has the results written. */
const RESULTS = new URL("test-results/vitest.json", root);

/** Vitest's results, as far as the closing line needs them. */
export interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

/** The closing line. A file that failed before any of its tests ran counts as one failure. */
export function closingLine(results: Results): string {
  const broken = results.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  const skipped = results.numPendingTests + results.numTodoTests;
  const failed = results.numFailedTests + broken.length;
  const line = `${results.numPassedTests} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, "utf8")) as Results;
}

/** Runs a command in full view and returns its exit code. */
function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const { NO_COLOR, ...env } = toolEnvironment();
    const child = spawn(command, args, {
      cwd: fileURLToPath(root),
      env: process.stdout.isTTY ? env : { ...env, NO_COLOR },
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    child.once("error", reject);
    child.once("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  rmSync(RESULTS, { force: true });
  const built = await run("vite", ["build", "examples/web-client", "--logLevel", "warn"]);
  const checked = args.length > 0 ? 0 : await run("node", ["dev/check/run.ts"]);
  const tested = await run("vitest", ["run", ...args]);
  const named = { build: built, checks: checked, tests: tested };
  const failed = Object.entries(named).filter(([, code]) => code !== 0);
  if (failed.length > 0) {
    process.exitCode = 1;
    console.log(`failed: ${failed.map(([name]) => name).join(", ")}; see above`);
  }
  console.log(existsSync(RESULTS) ? closingLine(readResults()) : "0 passed, 1 failed");
}
