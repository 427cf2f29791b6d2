/** The little Markdown that the generated documents need. */

/** A table. Cells may hold inline Markdown; bars in them are escaped. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A block of JSON lines. */
export function frames(...messages: readonly unknown[]): string {
  return ["```json", ...messages.map((message) => JSON.stringify(message)), "```"].join("\n");
}

/** Puts generated text between two marker comments of a document written by hand. */
export function fill(document: string, name: string, text: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
