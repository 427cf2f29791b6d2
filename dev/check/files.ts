/** The project's own files: what git tracks, and what it would track. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./problems.ts";

/** Lists files that match git pathspecs such as `test/*.ts` (`*` crosses folders). Paths are relative to the root. */
export function projectFiles(...patterns: readonly string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns];
  return execFileSync("git", args, { cwd: fileURLToPath(root), encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(new URL(path, root)))
    .toSorted();
}
