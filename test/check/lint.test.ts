/** The lint configuration, on files that break it: it must be able to fail. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTool } from "../../dev/check/tool.ts";
import { read } from "../../dev/check/problems.ts";

/** For each layer: what it may import, and what it may not. */
const layers: readonly { file: string; may: readonly string[]; mayNot: readonly string[] }[] = [
  {
    file: "src/protocol/a.ts",
    may: ["zod", "./message.ts"],
    mayNot: ["../core/a.ts", "../config.ts", "hono"],
  },
  {
    file: "src/core/a.ts",
    may: ["./b.ts", "../protocol/b.ts"],
    mayNot: ["zod", "../features/b.ts", "../adapters/b.ts", "node:fs", "cloudflare:workers"],
  },
  {
    file: "src/features/a.ts",
    may: ["./calls/b.ts", "../core/b.ts", "../protocol/b.ts"],
    mayNot: ["../durable/b.ts", "../adapters/b.ts", "../wire/b.ts", "../config.ts", "zod"],
  },
  {
    file: "src/features/calls/a.ts",
    may: ["./b.ts", "../feature.ts", "../../core/b.ts", "../../protocol/b.ts"],
    mayNot: [
      "../../durable/b.ts",
      "../../adapters/b.ts",
      "../../log.ts",
      "../push/b.ts",
      "cloudflare:workers",
    ],
  },
  {
    file: "src/features/push/a.ts",
    may: ["./b.ts", "../feature.ts", "../calls/b.ts", "../../core/b.ts", "../../protocol/b.ts"],
    mayNot: ["../../durable/b.ts", "../../adapters/b.ts", "../../config.ts", "jose"],
  },
  {
    file: "src/wire/a.ts",
    may: ["../protocol/b.ts", "zod"],
    mayNot: ["../core/b.ts", "../features/b.ts", "../durable/b.ts"],
  },
  {
    file: "src/adapters/a.ts",
    may: ["../core/b.ts", "../protocol/b.ts", "../../lua/b.lua", "@upstash/redis/cloudflare"],
    mayNot: ["../features/b.ts", "../durable/b.ts", "@upstash/redis", "zod", "../config.ts"],
  },
  {
    file: "src/http/a.ts",
    may: [
      "../protocol/b.ts",
      "../core/b.ts",
      "../config.ts",
      "../core/b.ts",
      "../log.ts",
      "../metrics.ts",
      "hono",
      "hono/cors",
      "jose",
      "zod",
    ],
    mayNot: ["../features/b.ts", "../durable/b.ts", "../adapters/b.ts"],
  },
  {
    file: "src/http/health.ts",
    may: ["../adapters/b.ts", "hono"],
    mayNot: ["../durable/b.ts", "../core/b.ts"],
  },
  {
    file: "src/durable/a.ts",
    may: ["../adapters/b.ts", "../features/index.ts", "../wire/b.ts", "cloudflare:workers"],
    mayNot: ["../features/calls/b.ts", "../http/app.ts", "../index.ts", "hono", "zod"],
  },
  {
    file: "src/index.ts",
    may: ["./http/a.ts", "./durable/a.ts"],
    mayNot: ["./core/a.ts", "./features/a.ts", "hono"],
  },
  { file: "src/config.ts", may: ["zod"], mayNot: ["./core/a.ts", "hono"] },
  { file: "src/log.ts", may: ["./core/ports.ts"], mayNot: ["./core/call.ts", "./config.ts"] },
  { file: "src/elsewhere/a.ts", may: [], mayNot: ["./b.ts", "../core/a.ts", "zod"] },
];

const faults: Readonly<Record<string, readonly [path: string, text: string]>> = {
  "typescript(no-floating-promises)": [
    "src/core/floating.ts",
    "const work = async () => {};\nexport function start(): void {\n  work();\n}\n",
  ],
  "typescript(switch-exhaustiveness-check)": [
    "src/core/switch.ts",
    'export function f(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n',
  ],
  "typescript(no-unsafe-member-access)": [
    "src/core/unparsed.ts",
    'export const name: unknown = JSON.parse("{}").name;\n',
  ],
  "import(no-cycle)": ["src/core/one.ts", 'import "./two.ts";\nexport const one = 1;\n'],
  "vitest(no-focused-tests)": [
    "test/focused.test.ts",
    'import { expect, it } from "vitest";\nit.only("x", () => {\n  expect(1).toBe(1);\n});\n',
  ],
  "vitest(expect-expect)": [
    "test/silent.test.ts",
    'import { it } from "vitest";\nit("says nothing", () => {});\n',
  ],
};

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

let folder = "";
let found: readonly Diagnostic[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "edgering-lint-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write(".oxlintrc.json", read(".oxlintrc.json"));
  write(
    "tsconfig.json",
    '{ "compilerOptions": { "strict": true, "types": [] }, "include": ["."] }',
  );
  for (const { file, may, mayNot } of layers) {
    const lines = [...may, ...mayNot].map((name) => `export * from "${name}";\n`);
    write(file, lines.join(""));
  }
  for (const [path, text] of Object.values(faults)) write(path, text);
  write("src/core/two.ts", 'import "./one.ts";\nexport const two = 2;\n');
  const { output } = await runTool("oxlint", ["--format", "json"], folder);
  found = (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function refusedImports(file: string): string[] {
  return found
    .filter(({ code, filename }) => code === "eslint(no-restricted-imports)" && filename === file)
    .map(({ message }) => /'([^']+)'/.exec(message)?.[1] ?? message);
}

describe("the lint configuration", () => {
  it.each(layers)("lets $file import what its list allows and nothing else", ({ file, mayNot }) => {
    expect(refusedImports(file).toSorted()).toEqual([...mayNot].toSorted());
  });

  it.each(Object.entries(faults))("reports %s", (rule, [path]) => {
    expect(found.filter(({ code }) => code === rule).map(({ filename }) => filename)).toContain(
      path,
    );
  });
});
