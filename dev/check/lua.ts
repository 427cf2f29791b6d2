/** Checks that each script in lua/ starts with its contract, keeps to it, and is used. */
import { basename } from "node:path";
import { projectFiles } from "./files.ts";
import { isMain, read, report } from "./problems.ts";
import type { Source } from "./spec.ts";

/** Without this first line Upstash locks the whole database while a script runs. */
const SHEBANG = "#!lua flags=allow-key-locking";

const TABLES = ["KEYS", "ARGV"] as const;

/** Things a script must not do, with the reason. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /redis\.status_reply|\{\s*ok\s*=/,
    "answers with a status reply; answer with a table of strings",
  ],
  [
    /redis\.error_reply|\{\s*err\s*=/,
    "writes an error; answer with a code and let the caller word it",
  ],
];

/** Says what is wrong with one script. */
export function checkScript({ path, text }: Source): string[] {
  const [first, ...lines] = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("--"));
  const header = lines.slice(0, end).join("\n");
  const body = lines
    .slice(end)
    .map((line) => line.replace(/--.*/, ""))
    .join("\n");
  const problems = TABLES.flatMap((table) => compare(table, header, body));
  if (first !== SHEBANG) problems.push(`the first line is not "${SHEBANG}"`);
  if (!/^-- Result: \S/m.test(header)) problems.push('the header has no "Result:"');
  if (!/^[a-z]+(_[a-z]+)+\.lua$/.test(basename(path)))
    problems.push("is not named like verb_noun.lua");
  for (const [pattern, why] of FORBIDDEN) if (pattern.test(body)) problems.push(why);
  return problems.map((problem) => `${path}: ${problem}`);
}

/** Names scripts that no source file imports. */
export function checkImports(scripts: readonly Source[], sources: readonly Source[]): string[] {
  const all = sources.map(({ text }) => text).join("\n");
  return scripts
    .filter(({ path }) => !all.includes(`/${path}";`))
    .map(({ path }) => `${path}: nothing in src imports it`);
}

/** Compares what a header names of `KEYS` or `ARGV` with what the body uses of it. */
function compare(table: (typeof TABLES)[number], header: string, body: string): string[] {
  const named = indexes(header, new RegExp(`${table}\\[(\\d+)\\](?= \\S)`, "g"));
  const used = indexes(body, new RegExp(`${table}\\[(\\d+)\\]`, "g"));
  // A computed index, as in a loop over the keys, may stand for any that the header names.
  const computed = new RegExp(`${table}\\b(?!\\[\\d+\\])`).test(body);
  const gap = named.findIndex((number, index) => number !== index + 1);
  return [
    ...used.filter((number) => !named.includes(number)).map((n) => `does not name ${table}[${n}]`),
    ...(computed ? [] : named.filter((number) => !used.includes(number))).map(
      (n) => `names ${table}[${n}], which it does not use`,
    ),
    ...(computed && named.length === 0 ? [`does not name the ${table} that it uses`] : []),
    ...(gap === -1 ? [] : [`does not name ${table}[${gap + 1}], or not in order`]),
  ];
}

function indexes(text: string, pattern: RegExp): number[] {
  const found = Array.from(text.matchAll(pattern), (match) => Number(match[1]));
  return [...new Set(found)].toSorted((a, b) => a - b);
}

if (isMain(import.meta.url)) {
  const source = (path: string): Source => ({ path, text: read(path) });
  const scripts = projectFiles("lua/*").map(source);
  const sources = projectFiles("src/*.ts").map(source);
  const problems = [...scripts.flatMap(checkScript), ...checkImports(scripts, sources)];
  report(problems, `${scripts.length} scripts`);
}
