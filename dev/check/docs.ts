/** Checks that the generated documents are up to date, and that the AsyncAPI document is valid. */
import { existsSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { documents } from "../docs/generate.ts";
import { isMain, read, report, root } from "./problems.ts";

const ASYNCAPI = "docs/protocol/asyncapi.json";

/** The parser counts errors as 0 and warnings as 1; what is above is advice. */
const FAULTS: readonly number[] = [0, 1];

/** Names documents that differ from what is committed. */
export function compareDocuments(
  generated: ReadonlyMap<string, string>,
  committed: (path: string) => string | undefined,
): string[] {
  return [...generated]
    .filter(([path, text]) => committed(path) !== text)
    .map(([path]) => `${path} is not up to date; run \`npm run docs\` and look at the difference`);
}

/** Says what the official parser finds wrong with an AsyncAPI document; advice does not count. */
export async function checkAsyncapi(text: string): Promise<string[]> {
  const { document, diagnostics } = await new Parser().parse(text);
  const faults = diagnostics.filter(({ severity }) => FAULTS.includes(severity));
  const found = faults.map(
    ({ message, path, code }) => `${ASYNCAPI}: ${path.join("/")}: ${message} (${code})`,
  );
  return document || found.length > 0 ? found : [`${ASYNCAPI}: the parser gives no document`];
}

if (isMain(import.meta.url)) {
  const generated = documents();
  const committed = (path: string) => (existsSync(new URL(path, root)) ? read(path) : undefined);
  report(
    [
      ...compareDocuments(generated, committed),
      ...(await checkAsyncapi(generated.get(ASYNCAPI) ?? "")),
    ],
    `${generated.size} documents are up to date`,
  );
}
