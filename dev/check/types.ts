/**
 * Runs the TypeScript compiler over each project, one for each place where code runs: Workers, Node,
 * browsers. A source file that belongs to none of them would go unchecked, and is a problem.
 */
import { availableParallelism } from "node:os";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { projectFiles } from "./files.ts";
import { isMain, report, root } from "./problems.ts";
import { runTool } from "./tool.ts";

const MOST_AT_ONCE = 2;

/** What the compiler says of one project: errors, and the files it has read. */
export interface Checked {
  readonly errors: readonly string[];
  readonly files: readonly string[];
}

/** Tells errors from the list of files in the compiler's output. */
export function readOutput(output: string, folder: string): Checked {
  const lines = output.split("\n").filter((line) => line !== "");
  const isFile = (line: string) => /\.([cm]?tsx?|json)$/.test(line) && !line.includes("): error ");
  const files = lines.filter(isFile).map((path) => relative(folder, path).split(sep).join("/"));
  return { errors: lines.filter((line) => !isFile(line)), files };
}

/** Names source files that no project includes. */
export function uncovered(sources: readonly string[], projects: readonly Checked[]): string[] {
  const covered = new Set(projects.flatMap(({ files }) => files));
  return sources.filter((path) => !covered.has(path));
}

async function checkProject(path: string): Promise<Checked> {
  const folder = fileURLToPath(root);
  const { code, output } = await runTool("tsc", ["-p", path, "--noEmit", "--listFiles"]);
  const checked = readOutput(output, folder);
  if (code === 0 || checked.errors.length > 0) return checked;
  return { ...checked, errors: [`${path}: the compiler ended with code ${code}`] };
}

if (isMain(import.meta.url)) {
  const projects = projectFiles("*tsconfig*.json");
  const waiting = [...projects];
  const checked: Checked[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      checked.push(await checkProject(next));
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, availableParallelism()) }, work));
  const sources = projectFiles("*.ts", "*.tsx");
  const problems = [
    ...new Set(checked.flatMap(({ errors }) => errors)),
    ...uncovered(sources, checked).map((path) => `${path}: belongs to no tsconfig.json`),
  ];
  report(problems, `${sources.length} files in ${projects.length} projects`);
}
