/**
 * Checks that worker-configuration.d.ts is what wrangler.toml asks for; `--write` writes it anew.
 *
 * wrangler runs in a folder of its own that sees the configuration and the sources but no `.dev.vars`
 * or `.env`, whose variables would end up in the types. The web client is not built for it: when a
 * build fails, wrangler goes on with types that have forgotten the object classes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain, read, report, root } from "./problems.ts";
import { runTool } from "./tool.ts";

const FILE = "worker-configuration.d.ts";
const SEEN = ["src", "lua", "package.json", "tsconfig.json", "node_modules"];

/** The configuration without its `[build]` table. */
export function withoutBuild(toml: string): string {
  return toml.replace(/^\[build\]\n(?:(?!\[).*\n?)*/m, "");
}

/** Generates the types of the bindings. */
async function generate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "edgering-types-"));
  try {
    for (const name of SEEN) symlinkSync(fileURLToPath(new URL(name, root)), join(folder, name));
    mkdirSync(join(folder, "examples/web-client/dist"), { recursive: true });
    writeFileSync(join(folder, "wrangler.toml"), withoutBuild(read("wrangler.toml")));
    const { code, output } = await runTool(
      "wrangler",
      ["types", "--include-runtime=false"],
      folder,
    );
    if (code !== 0) throw new Error(`wrangler types failed\n${output}`);
    return readFileSync(join(folder, FILE), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (isMain(import.meta.url)) {
  const types = await generate();
  if (process.argv.includes("--write")) writeFileSync(new URL(FILE, root), types);
  else {
    const problem = `${FILE} is not what wrangler.toml asks for; run \`npm run types\``;
    report(types === read(FILE) ? [] : [problem], `${FILE} is up to date`);
  }
}
