/** docs/protocol/asyncapi.json: every message of the wire, for programs (AsyncAPI 3). */
import type * as z from "zod";
import { client, server, type ClientType } from "../../src/protocol/index.ts";
import { MAX_REF_LENGTH } from "../../src/protocol/message.ts";
import { read } from "../check/problems.ts";
import { clientFrames, serverFrames, type Frame } from "./examples.ts";
import { answersOf } from "./refusals.ts";
import { jsonSchema, type JsonSchema } from "./schema.ts";

const CHANNEL = "socket";

/**
 * Writes the document. Both directions share names, and a document that keys messages by name alone
 * silently loses one of the two, so each key starts with its direction: `client/…` or `server/…`.
 */
export function asyncapi(): string {
  const { version, license } = JSON.parse(read("package.json")) as {
    version: string;
    license: string;
  };
  const requests = Object.entries(client).map(
    ([type, described]) =>
      [`client/${type}`, message(type, described, clientFrames[type as ClientType])] as const,
  );
  const events = Object.entries(server).map(
    ([type, described]) =>
      [
        `server/${type}`,
        message(type, described, serverFrames[type as keyof typeof server]),
      ] as const,
  );
  const document = {
    asyncapi: "3.0.0",
    info: {
      title: "edgering",
      version,
      description: "Call signaling that rings any user, anywhere, from the edge.",
      license: { name: license },
    },
    defaultContentType: "application/json",
    servers: {
      local: { host: "localhost:8787", protocol: "ws", description: "`npm run dev`" },
      production: {
        host: "{host}",
        protocol: "wss",
        description: "A deployment",
        variables: { host: { description: "Host name of the deployment" } },
        security: [
          { $ref: "#/components/securitySchemes/bearer" },
          { $ref: "#/components/securitySchemes/query" },
        ],
      },
    },
    channels: {
      [CHANNEL]: {
        address: "/ws",
        description: "One WebSocket of one device of a user.",
        messages: Object.fromEntries([...requests, ...events]),
        bindings: { ws: { method: "GET", query: QUERY } },
      },
    },
    operations: Object.fromEntries([
      ...requests.map(([key]) => [key, operation("receive", key)] as const),
      ...events.map(([key]) => [key, operation("send", key)] as const),
    ]),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        query: { type: "httpApiKey", in: "query", name: "token", description: "The same JWT" },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const QUERY = {
  type: "object",
  properties: {
    token: { type: "string", description: "JWT of the user" },
    device: { type: "string", minLength: 1, maxLength: 128, description: "Label of the device" },
    resume: { type: "string", const: "1", description: "Claims its call by connecting" },
  },
};

/** An operation from the service's point of view: it receives what clients send. */
function operation(action: "receive" | "send", key: string) {
  const type = key.slice(key.indexOf("/") + 1);
  const answers = action === "receive" ? [...answersOf(type as ClientType), "error"] : [];
  return {
    action,
    channel: { $ref: `#/channels/${CHANNEL}` },
    messages: [reference(key)],
    ...(answers.length === 0
      ? {}
      : {
          reply: {
            channel: { $ref: `#/channels/${CHANNEL}` },
            messages: answers.map((name) => reference(`server/${name}`)),
          },
        }),
  };
}

/** A JSON pointer to a message; a slash inside its key is written `~1` (RFC 6901). */
function reference(key: string): { $ref: string } {
  return { $ref: `#/channels/${CHANNEL}/messages/${key.replaceAll("/", "~1")}` };
}

interface Described {
  readonly doc: string;
  readonly payload: z.ZodType;
  readonly flat?: true;
}

function message(type: string, { doc, payload, flat }: Described, example: Frame) {
  return {
    name: type,
    title: type,
    summary: doc,
    payload: frameSchema(type, jsonSchema(payload), flat === true),
    examples: [{ payload: example }],
  };
}

/** The whole frame: its type, its payload (or the payload's fields), and the reference. */
function frameSchema(type: string, payload: JsonSchema, flat: boolean): JsonSchema {
  return {
    type: "object",
    properties: {
      type: { type: "string", const: type },
      ...(flat ? payload.properties : { payload }),
      ref: { type: "string", maxLength: MAX_REF_LENGTH },
    },
    required: ["type", ...(flat ? (payload.required ?? []) : ["payload"])],
  };
}
