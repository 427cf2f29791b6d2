/** The Worker's variables in development: the shell's, else those of .dev.vars, else the example's. */
import { constants, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { variableNames } from "../src/variables.ts";
import { parseDotenv } from "./dotenv.ts";

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** Environment variables of a process. */
export type Shell = Readonly<Record<string, string | undefined>>;

const FILE = ".dev.vars";
const EXAMPLE = ".dev.vars.example";

const isErrno = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;

function read(path: string): Variables {
  try {
    return parseDotenv(readFileSync(path, "utf8"));
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return {};
    throw thrown;
  }
}

/** Makes .dev.vars from the example when there is none, and says whether it did. */
export function makeDevVars(root: string): boolean {
  try {
    copyFileSync(join(root, EXAMPLE), join(root, FILE), constants.COPYFILE_EXCL);
    return true;
  } catch (thrown) {
    if (isErrno(thrown, "EEXIST")) return false;
    throw thrown;
  }
}

/**
 * Gathers the variables. One that the shell sets to the empty string is set: the Worker takes it for unset,
 * whatever the files say.
 *
 * @param root Directory of the two files; either may be missing.
 * @param names Variables that are taken from the shell.
 */
export function loadVariables(
  root: string,
  shell: Shell,
  names: readonly string[] = variableNames,
): Variables {
  const given = names.flatMap((name) => (shell[name] === undefined ? [] : [[name, shell[name]]]));
  return {
    ...read(join(root, EXAMPLE)),
    ...read(join(root, FILE)),
    ...(Object.fromEntries(given) as Variables),
  };
}
