/** The project's scripts with random arguments. How many keys and arguments each takes stands in its header. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import type { Words } from "../../../dev/redis/engine.ts";

const DIRECTORY = new URL("../../../lua/", import.meta.url);

interface LuaFile {
  readonly name: string;
  readonly source: string;
  /** What the header says of each key and argument, in order. */
  readonly keys: readonly string[];
  readonly argv: readonly string[];
}

/** The descriptions behind `KEYS[1]`, `KEYS[2]` … (or ARGV) in the comment that opens a script. */
function described(header: string, list: "KEYS" | "ARGV"): string[] {
  const pattern = /(KEYS|ARGV)\[(\d+)\]\s+([^\n]*?)(?=\s{2,}|\n|(?:KEYS|ARGV)\[|$)/g;
  const found = [...header.matchAll(pattern)].filter(([, kind]) => kind === list);
  return found.map(([, , , text]) => text ?? "");
}

export const luaFiles: readonly LuaFile[] = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".lua"))
  .map((name) => {
    const source = readFileSync(new URL(name, DIRECTORY), "utf8");
    const header = /^(?:(?:#!|--).*\n)+/.exec(source)?.[0] ?? "";
    return { name, source, keys: described(header, "KEYS"), argv: described(header, "ARGV") };
  });

const words = ["a", "b", "ringing", "accepted", "", '{"name":"é"}'];

/** Values that fit a description well enough to reach the script's branches; other values are fair, too. */
function valueFor(description: string): fc.Arbitrary<string> {
  if (/milliseconds|seconds|limit|count|number|maximum/i.test(description)) {
    return fc.constantFrom("600000", "900000", "0", "-1");
  }
  if (/commas/.test(description)) return fc.subarray(words).map((list) => list.join(","));
  return fc.constantFrom(...words);
}

/** Keys come from a small pool, so that scripts meet each other's traces. */
const keyFor = (description: string): fc.Arbitrary<string> =>
  fc.constantFrom("1", "2").map((id) => `${description.replace(/\{.*/, "")}${id}`);

/** One EVAL of one of the files; now and then with an argument too few. */
export const scriptCallArbitrary: fc.Arbitrary<Words> = fc
  .constantFrom(...luaFiles)
  .chain((file) =>
    fc
      .tuple(
        fc.tuple(...file.keys.map(keyFor)),
        fc.tuple(...file.argv.map(valueFor)),
        fc.integer({ min: 0, max: 20 }),
      )
      .map(([keys, argv, cut]) => [
        "EVAL",
        file.source,
        String(keys.length),
        ...keys,
        ...(cut === 0 ? argv.slice(1) : argv),
      ]),
  );
