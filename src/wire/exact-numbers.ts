/** JSON whose numbers come out as they went in, also those that a double cannot hold. */

/** What newer runtimes offer and the compiler does not know yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  /** A value that `JSON.stringify` spells as `text`. */
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as ExactJson;

/**
 * A number with more digits than a double keeps, or with an exponent: all that could come out
 * differently. Session descriptions, which are full of digits, have few that stand where a number may.
 */
const SUSPICIOUS = /[[:,]\s*-?(?:\d{16}|\d+\.\d{15}|\d+(?:\.\d+)?[eE][+-]?\d)/;

/**
 * Parses JSON. A number that would lose digits becomes an object that spells itself as it was sent, so
 * that what is relayed stays equal.
 *
 * @throws {SyntaxError} when the text is not JSON
 * @see https://github.com/tc39/proposal-json-parse-with-source
 */
export function parseExactly(text: string): unknown {
  if (!SUSPICIOUS.test(text)) return JSON.parse(text) as unknown;
  return json.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && !isExact(value, source)
      ? json.rawJSON(source)
      : value,
  );
}

function isExact(value: number, source: string): boolean {
  return Number.isSafeInteger(value) || String(value) === source;
}
