/** The generated tables of docs/operations.md. */
import * as z from "zod";
import { variables } from "../../src/variables.ts";
import { fill, table } from "./markdown.ts";
import { closeCodeTable } from "./reference.ts";
import { jsonSchema, type JsonSchema } from "./schema.ts";

/** Fills the tables into the page that people have written. */
export function operations(page: string): string {
  return fill(fill(page, "variables", variableTable()), "close codes", closeCodeTable());
}

function variableTable(): string {
  const rows = Object.entries(variables).map(([name, schema]) => [
    `\`${name}\``,
    defaultOf(schema),
    values(schema),
    schema.description ?? "",
  ]);
  return table(["variable", "default", "values", "meaning"], rows);
}

/** The default as one would write it, or a dash. */
function defaultOf(schema: z.ZodType): string {
  const value = jsonSchema(schema).default ?? schema.safeParse(undefined).data;
  if (value === undefined || value === "") return "–";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** What may be written, in words. */
function values(schema: z.ZodType): string {
  const written = jsonSchema(schema);
  const result = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  if (result.type === "boolean") return "`true` or `false`";
  if (Array.isArray(schema.safeParse(undefined).data)) return "list, separated by commas";
  return inWords(written);
}

function inWords({ enum: choices, format, type, minimum, maximum }: JsonSchema): string {
  if (choices) return choices.map((choice) => `\`${String(choice)}\``).join(", ");
  if (format === "uri") return "http or https URL";
  if (type === "integer") return `whole number, ${minimum} to ${maximum}`;
  return "text";
}
