/** `GET /docs`: the HTTP interface for people, out of the same document that programs read. */
import type { Handler } from "hono";
import openapi from "../../docs/protocol/openapi.json" with { type: "json" };
import type { Door } from "./door.ts";

interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { name: string; in: string; description: string }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, { description: string; content?: object }>>;
}

/** Nothing is loaded from anywhere, and nothing runs. */
const POLICY =
  "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}" +
  "code,pre{font-family:ui-monospace,monospace;font-size:.875rem}" +
  "h1{font-size:1.5rem}pre{padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;border-radius:.5rem}" +
  "h2{margin-top:2.5rem;font-size:1.25rem}h3{font-size:1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}" +
  ":root{color-scheme:light dark}";

/** The page. */
export const showDocs: Handler<Door> = (c) =>
  c.html(page(), 200, { "content-security-policy": POLICY, "x-content-type-options": "nosniff" });

/** The document itself. */
export const showOpenapi: Handler<Door> = (c) => c.json(openapi);

function page(): string {
  const sections = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      section(`${method.toUpperCase()} ${path}`, operation),
    ),
  );
  const { title, description, version } = openapi.info;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/favicon.svg">
<title>${escape(title)}</title><style>${STYLE}</style><h1>${escape(title)} ${escape(version)}</h1>
<p>${words(description)} For programs: <a href="/docs/openapi.json">OpenAPI 3.1</a>.</p>${sections.join("")}</html>`;
}

function section(name: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses, security } = operation;
  const key = security.length > 0 ? "<p>Asks for an API key outside development.</p>" : "";
  const given = parameters.map((each) => [`${each.name} (${each.in})`, each.description] as const);
  const answers = Object.entries(responses);
  const body = requestBody ? `<h3>Body</h3>${schema(requestBody.content)}` : "";
  return `<h2>${escape(summary)}</h2><p><code>${escape(name)}</code></p><p>${words(description)}</p>${key}
${given.length === 0 ? "" : `<h3>Parameters</h3>${table(given)}`}${body}<h3>Answers</h3>
${table(answers.map(([status, answer]) => [status, answer.description] as const))}
${answers
  .map(([, answer]) => (answer.content ? schema(answer.content) : ""))
  .slice(0, 1)
  .join("")}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(
    ([name, text]) => `<tr><th><code>${escape(name)}</code></th><td>${words(text)}</td></tr>`,
  );
  return `<table>${cells.join("")}</table>`;
}

function schema(content: object): string {
  const [media] = Object.values(content) as { schema: object }[];
  return `<pre>${escape(JSON.stringify(media?.schema, null, 2))}</pre>`;
}

/** Text in which backquotes mark code. */
function words(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
