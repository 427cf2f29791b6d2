/** docs/protocol/openapi.json: the HTTP interface, for programs (OpenAPI 3.1). */
import * as z from "zod";
import {
  channelHistory,
  channelPresence,
  guestToken,
  login,
  newEvent,
  newEvents,
  publishedEvent,
  publishedEvents,
  refusedRequest,
} from "../../src/protocol/events.ts";
import { read } from "../check/problems.ts";

interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
}

interface Route {
  readonly summary: string;
  readonly description: string;
  readonly body?: z.ZodType;
  readonly parameters?: readonly object[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Whether an API key is asked for. */
  readonly keyed: boolean;
}

const refused = (description: string): Answer => ({ description, schema: refusedRequest });
const unauthorized = refused("No API key, or a wrong one");
const bad = refused("Bad JSON, a missing or invalid channel, a field of the wrong type");

const CHANNEL = {
  name: "name",
  in: "path",
  required: true,
  description: "Name of the channel, percent-encoded",
  schema: { type: "string", minLength: 1, maxLength: 256 },
};
const SINCE = {
  name: "since",
  in: "query",
  description: "Only broadcasts after this offset",
  schema: { type: "integer", minimum: 0, default: 0 },
};
const KEY = {
  name: "Idempotency-Key",
  in: "header",
  description: "A repeat within ten minutes gets the first answer and publishes nothing",
  schema: { type: "string", maxLength: 256 },
};

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/api/event": {
    post: {
      summary: "Publish an event",
      description: "Subscribers of the channel get it as a `broadcast` without `user_id`.",
      body: newEvent,
      parameters: [KEY],
      keyed: true,
      answers: {
        200: { description: "Published", schema: publishedEvent },
        400: bad,
        401: unauthorized,
        413: refused("The body is over 64 KiB"),
        500: refused("A fault of the service"),
      },
    },
  },
  "/api/events": {
    post: {
      summary: "Publish many events",
      description: "Up to 100, on any channels. Each is judged by itself.",
      body: newEvents,
      parameters: [KEY],
      keyed: true,
      answers: {
        200: { description: "One result per event, in order", schema: publishedEvents },
        400: refused("Not a list of up to 100 events"),
        401: unauthorized,
        413: refused("The body is over 6.25 MiB"),
      },
    },
  },
  "/api/channels/{name}/presence": {
    get: {
      summary: "Who is present",
      description: "The users who are present on a channel, as `presence_sync` lists them.",
      parameters: [CHANNEL],
      keyed: true,
      answers: {
        200: { description: "The users", schema: channelPresence },
        400: refused("No channel can have that name"),
        401: unauthorized,
      },
    },
  },
  "/api/channels/{name}/history": {
    get: {
      summary: "What was broadcast",
      description: "The last broadcasts, as many and as long as the deployment keeps them.",
      parameters: [CHANNEL, SINCE],
      keyed: true,
      answers: {
        200: { description: "The broadcasts, in order", schema: channelHistory },
        400: refused("No channel can have that name, or `since` is no offset"),
        401: unauthorized,
      },
    },
  },
  "/login": {
    post: {
      summary: "Enter the chat as a guest",
      description: "The token opens `GET /ws?token=…`, for chat only.",
      body: login,
      keyed: false,
      answers: {
        200: { description: "A guest's token", schema: guestToken },
        400: { description: "Bad JSON, or a name that cannot be; plain text says why" },
        429: { description: "Too many requests from this address" },
        500: { description: "The deployment has no key for guests" },
      },
    },
  },
};

/** Writes the document. */
export function openapi(): string {
  const { version, license } = JSON.parse(read("package.json")) as {
    version: string;
    license: string;
  };
  const paths = Object.entries(routes).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([name, route]) => [name, operation(route)])),
  ]);
  const document = {
    openapi: "3.1.0",
    info: {
      title: "edgering over HTTP",
      version,
      description: "Publishing on channels, reading them, and the way in for guests of the chat.",
      license: { name: license, identifier: license },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths) as object,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "One of `API_KEYS`" },
        header: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same" },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operation({ summary, description, body, parameters, answers, keyed }: Route) {
  return {
    summary,
    description,
    security: keyed ? [{ bearer: [] }, { header: [] }] : [],
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(body, "input") } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        {
          description: answer.description,
          ...(answer.schema === undefined ? {} : { content: json(answer.schema, "output") }),
        },
      ]),
    ),
  };
}

/** A schema as OpenAPI 3.1 has it: JSON Schema 2020-12. */
function json(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: part }) => {
      if (part.minimum === Number.MIN_SAFE_INTEGER) delete part.minimum;
      if (part.maximum === Number.MAX_SAFE_INTEGER) delete part.maximum;
    },
  });
  return { "application/json": { schema: rest } };
}
