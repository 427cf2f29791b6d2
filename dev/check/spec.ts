/** Checks that every rule of docs/spec.md has a test whose title starts with its id, and the other way round. */
import { projectFiles } from "./files.ts";
import { isMain, read, report } from "./problems.ts";

const SPEC = "docs/spec.md";

/** An id at the start of a rule: `- **CALL-1** …`. */
const RULE = /^- \*\*([A-Z][A-Z0-9]*-\d+)\*\*(?= )/gm;

/**
 * An id at the start of a title: a test or a suite, by a call of `it`, `test`, `describe` or of a
 * function named after one of them, plain or with `.each(…)` and the like.
 */
const TITLE =
  /(?:(?<![\w.])(?:it|test|describe|suite)\w*(?:\.\w+)*|\))\s*\(\s*["'`]([A-Z][A-Z0-9]*-\d+)(?=[\s\p{P}"'`])/gu;

/** A file and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Ids of the rules, in order, repetitions included. */
export function ruleIds(spec: string): string[] {
  return Array.from(spec.matchAll(RULE), (match) => match[1] ?? "");
}

/** Ids at the start of test titles. */
export function citedIds(text: string): string[] {
  return Array.from(text.matchAll(TITLE), (match) => match[1] ?? "");
}

/** Compares the rules with the tests. */
export function checkSpec(spec: string, tests: readonly Source[]): string[] {
  const rules = ruleIds(spec);
  const known = new Set(rules);
  const cited = tests.flatMap(({ path, text }) => citedIds(text).map((id) => ({ path, id })));
  const tested = new Set(cited.map(({ id }) => id));
  const twice = rules.filter((id, index) => rules.indexOf(id) !== index);
  const unknown = cited.filter(({ id }) => !known.has(id));
  return [
    ...twice.map((id) => `${SPEC}: ${id} stands there twice`),
    ...[...known].filter((id) => !tested.has(id)).map((id) => `${SPEC}: ${id} has no test`),
    ...unknown.map(({ path, id }) => `${path}: no rule is named ${id}`),
  ];
}

if (isMain(import.meta.url)) {
  const spec = read(SPEC);
  // Tests of this very check hold titles as text.
  const paths = projectFiles("test/*.ts", ":!test/check");
  const tests = paths.map((path) => ({ path, text: read(path) }));
  report(checkSpec(spec, tests), `${ruleIds(spec).length} rules, each with a test`);
}
