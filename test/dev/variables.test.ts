import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { variableNames } from "../../src/variables.ts";
import { loadVariables, makeDevVars } from "../../dev/variables.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "edgering-variables-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(root, name), text);

describe("variables", () => {
  test("LOCAL-3 come from the shell, else from .dev.vars, else from the example", () => {
    write(".dev.vars.example", "A=example\nB=example\nC=example\n");
    write(".dev.vars", "A=file\nB=file\n");
    expect(loadVariables(root, { A: "shell" }, ["A", "B", "C"])).toEqual({
      A: "shell",
      B: "file",
      C: "example",
    });
  });

  test("that the shell sets to nothing are set to nothing", () => {
    write(".dev.vars", "A=file\n");
    expect(loadVariables(root, { A: "" }, ["A"])).toEqual({ A: "" });
  });

  test("LOCAL-3 keep their line breaks, quotes and signs", () => {
    const value = "-----BEGIN-----\nab'c\"`d\n#$x=\\n\r\n-----END-----\n";
    expect(loadVariables(root, { A: value }, ["A"])).toEqual({ A: value });
  });

  test("of the shell that are none of the Worker's stay outside", () => {
    expect(loadVariables(root, { PATH: "/bin", JWT_SECRET: "s" })).toEqual({ JWT_SECRET: "s" });
  });

  test("are those of the Worker's configuration", () => {
    const shell = Object.fromEntries(variableNames.map((name) => [name, name]));
    expect(loadVariables(root, shell)).toEqual(shell);
  });

  test("need no files", () => {
    expect(loadVariables(root, {})).toEqual({});
  });
});

describe(".dev.vars", () => {
  test("is made from the example once, then left alone", () => {
    write(".dev.vars.example", "A=example\n");
    expect(makeDevVars(root)).toBe(true);
    expect(readFileSync(join(root, ".dev.vars"), "utf8")).toBe("A=example\n");
    write(".dev.vars", "A=mine\n");
    expect(makeDevVars(root)).toBe(false);
    expect(readFileSync(join(root, ".dev.vars"), "utf8")).toBe("A=mine\n");
  });

  test("has an example that runs the Worker in development", () => {
    const example = readFileSync(new URL("../../.dev.vars.example", import.meta.url), "utf8");
    write(".dev.vars.example", example);
    expect(loadVariables(root, {})).toEqual({
      JWT_SECRET: "dev-secret-change-in-production",
      ENVIRONMENT: "development",
      APP_PASS: "dev-app-password",
      APP_SECRET: "dev-app-secret",
    });
  });
});
