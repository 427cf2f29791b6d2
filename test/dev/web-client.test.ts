import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StartError } from "../../dev/start-error.ts";
import { buildWebClient, isStale } from "../../dev/web-client.ts";

let root: string;
let client: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "edgering-web-"));
  client = join(root, "examples", "web-client");
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes a file of the client that was changed at that second. */
function file(name: string, second: number): void {
  const path = join(client, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  utimesSync(path, second, second);
}

test("has to be built the first time", () => {
  file("src/main.tsx", 100);
  expect(isStale(client)).toBe(true);
});

test("has to be built again when a source is newer", () => {
  file("src/deep/part.tsx", 300);
  file("index.html", 100);
  file("dist/index.html", 200);
  expect(isStale(client)).toBe(true);
});

test("is left alone otherwise, whatever happens in its build or its packages", () => {
  file("src/main.tsx", 100);
  file("dist/index.html", 200);
  file("dist/assets/main.js", 300);
  file("node_modules/package/index.js", 300);
  expect(isStale(client)).toBe(false);
});

test("says what is wrong when it does not build", async () => {
  file("src/main.tsx", 100);
  const vite = join(root, "node_modules", "vite");
  mkdirSync(join(vite, "bin"), { recursive: true });
  writeFileSync(join(vite, "package.json"), '{"name":"vite"}');
  writeFileSync(
    join(vite, "bin", "vite.js"),
    'console.error("a part is missing"); process.exit(3);',
  );
  const build = buildWebClient(root);
  await expect(build).rejects.toThrow(StartError);
  await expect(build).rejects.toThrow("the web client does not build:\na part is missing");
});
