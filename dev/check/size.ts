/** Builds the Worker as a deployment would, offline, and checks its size. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isMain, report } from "./problems.ts";
import { runTool } from "./tool.ts";

/** Never beyond this, in bytes minified and gzipped: a Worker must start within a second. */
export const LIMIT_BYTES = 150 * 1_024;

/**
 * A little above what it measures today; raise it knowingly, with the reason in the commit. What often
 * comes in unseen is all of zod, by `import { z }` instead of `import * as z`: some 67 KiB.
 */
export const ALARM_BYTES = 140 * 1_024;

/** Says whether a bundle is too large. */
export function checkSize(bytes: number): string[] {
  if (bytes > LIMIT_BYTES)
    return [`the Worker is ${kib(bytes)}, over the limit of ${kib(LIMIT_BYTES)}`];
  if (bytes <= ALARM_BYTES) return [];
  return [
    `the Worker has grown to ${kib(bytes)}, over ${kib(ALARM_BYTES)}: see what has come in with ` +
      "`wrangler deploy --dry-run --minify --outdir dist --metafile`, or raise ALARM_BYTES in dev/check/size.ts",
  ];
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

if (isMain(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), "edgering-size-"));
  try {
    const args = ["deploy", "--dry-run", "--minify", "--outdir", folder];
    const { code, output } = await runTool("wrangler", args);
    if (code === 0) {
      const bytes = gzipSync(readFileSync(join(folder, "index.js")), { level: 9 }).byteLength;
      report(checkSize(bytes), `${kib(bytes)} minified and gzipped`);
    } else report([`the dry run of a deployment failed\n${output}`], "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
