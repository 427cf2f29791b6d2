/** How a checker ends: quietly, or with its findings and exit code 1. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** The project's root, for paths in messages and for reading files. */
export const root = new URL("../../", import.meta.url);

/** Reads a file of the project as text. `path` is relative to the root. */
export function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** Whether a module was started by itself, rather than imported by a test or another script. */
export function isMain(moduleUrl: string): boolean {
  return process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === moduleUrl;
}

/** Prints what a checker found, one problem a line, and sets the exit code. `summary`: what holds otherwise. */
export function report(problems: readonly string[], summary: string): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(summary);
}
