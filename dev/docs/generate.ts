/** Writes the generated documents (`npm run docs`). The check compares them with what is committed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { isMain, read, root } from "../check/problems.ts";
import { asyncapi } from "./asyncapi.ts";
import { openapi } from "./openapi.ts";
import { operations } from "./operations.ts";
import { reference } from "./reference.ts";

/** The generated documents: text by path, relative to the project's root. */
export function documents(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/protocol/reference.md", reference()],
    ["docs/protocol/asyncapi.json", asyncapi()],
    ["docs/protocol/openapi.json", openapi()],
    ["docs/operations.md", operations(read("docs/operations.md"))],
  ]);
}

if (isMain(import.meta.url)) {
  mkdirSync(new URL("docs/protocol", root), { recursive: true });
  for (const [path, text] of documents()) writeFileSync(new URL(path, root), text);
}
