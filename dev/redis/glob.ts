/** Redis's glob patterns, as in KEYS and SCAN MATCH: `*`, `?`, `[a-z]`, `[^a]` and `\` before a character. */

const escapeLiteral = (character: string): string =>
  character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");

/** The body of a bracket expression that starts behind `[`, and where the pattern goes on. */
function bracket(pattern: string, start: number): { source: string; next: number } {
  const negated = pattern[start] === "^";
  let source = "";
  let at = negated ? start + 1 : start;
  // As in Redis, `]` closes even an empty bracket, and an unclosed one ends with the pattern.
  while (at < pattern.length && pattern[at] !== "]") {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      source += escapeLiteral(pattern[at + 1] ?? "");
      at += 2;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const ends = [pattern[at] ?? "", pattern[at + 2] ?? ""].toSorted();
      source += ends.map(escapeLiteral).join("-");
      at += 3;
    } else {
      source += escapeLiteral(pattern[at] ?? "");
      at += 1;
    }
  }
  const nothing = negated ? "[^]" : "[]";
  return { source: source === "" ? nothing : `[${negated ? "^" : ""}${source}]`, next: at + 1 };
}

/** A test for the keys that a pattern matches as a whole. Pattern and keys are byte strings. */
export function globMatcher(pattern: string): (key: string) => boolean {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? "";
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "[") {
      const part = bracket(pattern, at + 1);
      source += part.source;
      at = part.next - 1;
    } else if (character === "\\" && at + 1 < pattern.length) {
      at += 1;
      source += escapeLiteral(pattern[at] ?? "");
    } else source += escapeLiteral(character);
  }
  const expression = new RegExp(`^${source}$`, "s");
  return (key) => expression.test(key);
}
