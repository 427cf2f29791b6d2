import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_getVarsForDev } from "wrangler";
import { parseDotenv } from "../../dev/dotenv.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "edgering-dotenv-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What wrangler reads from a .dev.vars with that text. */
function wrangler(text: string): Record<string, unknown> {
  writeFileSync(join(directory, ".dev.vars"), text);
  const bindings = unstable_getVarsForDev(
    join(directory, "wrangler.toml"),
    undefined,
    {},
    undefined,
    true,
  );
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding]) => [name, "value" in binding && binding.value]),
  );
}

const key = "-----BEGIN PRIVATE KEY-----\nMIGH/+=\n-----END PRIVATE KEY-----\n";

describe("a line", () => {
  test.each([
    ["A=b", { A: "b" }],
    ["  export A = b  # comment", { A: "b" }],
    ["A: b", { A: "b" }],
    ["A=", { A: "" }],
    ["# A=b\n\nB=c\r\nC=d", { B: "c", C: "d" }],
    ["A=1\nA=2", { A: "2" }],
    ["A='x # y'", { A: "x # y" }],
    ['A="x # y" # z', { A: "x # y" }],
    ["A=x#y", { A: "x" }],
    ["A=a=b$c", { A: "a=b$c" }],
    ['A="a\\nb"', { A: "a\nb" }],
    ["A='a\\nb'", { A: "a\\nb" }],
    [`A="${key}"`, { A: key }],
    [`A='${key}'\nB=1`, { A: key, B: "1" }],
    ['A={"a":"b"}', { A: '{"a":"b"}' }],
    ['A=\'{"a":"b\\n"}\'', { A: '{"a":"b\\n"}' }],
    ['A="{"a":"b"}"', { A: '{"a":"b"}' }],
    ["just words", {}],
  ])("%j sets %j, as in wrangler", (text, variables) => {
    expect(parseDotenv(text)).toEqual(variables);
    expect(wrangler(text)).toEqual(variables);
  });
});

test("any text means what it means to wrangler", { timeout: 60_000 }, () => {
  const piece = fc.constantFrom(
    "A",
    "B",
    "=",
    ": ",
    "'",
    '"',
    "`",
    "\\",
    "n",
    "r",
    "#",
    " ",
    "\n",
    "\r\n",
    "export ",
    "$",
    ".",
    "x",
    "\t",
  );
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (line) => {
      expect(parseDotenv(line)).toEqual(wrangler(line));
    }),
    { numRuns: 500 },
  );
});
