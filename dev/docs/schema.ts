/** JSON Schemas of payloads, as the documents show them. */
import * as z from "zod";

/** The part of JSON Schema (draft 7) that our payloads use. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/**
 * The JSON Schema of what may stand on the wire. It carries no `$schema`, which AsyncAPI does not want
 * inside a document, and no bounds that merely say "a safe integer".
 */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema: part }) => {
      if (part.minimum === Number.MIN_SAFE_INTEGER) delete part.minimum;
      if (part.maximum === Number.MAX_SAFE_INTEGER) delete part.maximum;
    },
  });
  return rest as JsonSchema;
}

/** A type in words: `string`, `integer 5–180`, `"ringing"` or `"accepted"`. */
export function typeInWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(" or ");
  if (schema.anyOf) return schema.anyOf.map(typeInWords).join(" or ");
  const { type = "any", minimum, maximum } = schema;
  const range = minimum === undefined || maximum === undefined ? "" : ` ${minimum}–${maximum}`;
  return [type].flat().join(" or ") + range;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
