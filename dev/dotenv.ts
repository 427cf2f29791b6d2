/**
 * Reads `.dev.vars` as wrangler does, so that a line means the same to `npm run dev`, `npm run token`
 * and a plain `wrangler dev`. Node's own `util.parseEnv` reads some values otherwise, among them JSON
 * in double quotes, which is how a service account is usually pasted.
 */

const KEY = String.raw`^\s*(?:export\s+)?(?<key>[\w.-]+)`;
const SEPARATOR = String.raw`(?:\s*=\s*?|:\s+?)`;
/** Text between two quotes of a kind, over several lines if need be; a backslash guards a quote. */
const quoted = (quote: string): string => `\\s*${quote}(?:\\\\${quote}|[^${quote}])*${quote}`;
/** Without quotes a value ends with the line, or where a comment begins. */
const BARE = String.raw`[^#\r\n]+`;
const REST = String.raw`\s*(?:#.*)?$`;
const VALUE = `(?<value>${[...["'", '"', "`"].map(quoted), BARE].join("|")})?`;
const LINE = new RegExp(KEY + SEPARATOR + VALUE + REST, "gm");

/** The value between its quotes; only double quotes turn `\n` and `\r` into line breaks. */
function unquote(value: string): string {
  const inner = value.replace(/^(['"`])([\s\S]*)\1$/gm, "$2");
  return value.startsWith('"')
    ? inner.replaceAll(String.raw`\n`, "\n").replaceAll(String.raw`\r`, "\r")
    : inner;
}

/** The variables that the text of such a file sets; later lines win. Lines that make no sense are passed over. */
export function parseDotenv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { groups } of text.replaceAll(/\r\n?/g, "\n").matchAll(LINE)) {
    if (groups?.["key"]) variables[groups["key"]] = unquote((groups["value"] ?? "").trim());
  }
  return variables;
}
