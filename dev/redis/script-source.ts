/** The first line of a script, which may carry flags, and the name Redis gives a script. */
import { createHash } from "node:crypto";

/**
 * The flag by which a script tells Upstash that all keys it touches are in KEYS, so that scripts with
 * other keys may run beside it. Redis does not know it and refuses scripts that carry it.
 */
export const KEY_LOCKING = "allow-key-locking";

/** The SHA-1 that names a script, in lower-case hexadecimal. */
export const scriptSha = (source: string, encoding: "utf8" | "latin1"): string =>
  createHash("sha1").update(source, encoding).digest("hex");

/** A script taken apart at the end of its first line. */
export interface ScriptSource {
  /** The flags of a first line `#!lua flags=a,b`; undefined when the first line is code. */
  readonly flags: readonly string[] | undefined;
  /** The engine that the first line names. */
  readonly engine: string;
  /** What follows the first line, with its line feed, so that line numbers stay. */
  readonly body: string;
}

/** Takes a script apart. Text and byte strings alike. */
export function readScript(source: string): ScriptSource {
  if (!source.startsWith("#!")) return { flags: undefined, engine: "lua", body: source };
  const end = source.includes("\n") ? source.indexOf("\n") : source.length;
  const [engine = "", ...words] = source.slice(2, end).trim().split(/\s+/);
  const flags = words.flatMap((word) => word.replace(/^flags=/, "").split(",")).filter(Boolean);
  return { flags, engine, body: source.slice(end) };
}
