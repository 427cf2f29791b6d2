/** docs/protocol/reference.md: every message of the wire, for people. */
import { endReasons } from "../../src/protocol/calls.ts";
import { closeCodes, errorCodes } from "../../src/protocol/errors.ts";
import { client, isFlat, server } from "../../src/protocol/index.ts";
import { MAX_FRAME_BYTES, MAX_REF_LENGTH, type ClientMessage } from "../../src/protocol/message.ts";
import { userInfo } from "../../src/protocol/user-info.ts";
import { leaveReasons } from "../../src/protocol/rooms.ts";
import { clientFrames, serverFrames } from "./examples.ts";
import { frames, table } from "./markdown.ts";
import type { Refusal } from "./refusal.ts";
import { answersOf, frameRefusals, refusalsOf } from "./refusals.ts";
import { jsonSchema, typeInWords, type JsonSchema } from "./schema.ts";

const FLAT = "Its fields stand at top level, without `payload` around them.";
const USER_INFO = JSON.stringify(jsonSchema(userInfo).properties);

/** Writes the reference page. */
export function reference(): string {
  const sections = [
    INTRODUCTION,
    "## From the client",
    ...keysOf(client).map(request),
    "## From the service",
    ...keysOf(server).map(event),
    "## User info",
    "What users are told about each other: from the token of the user that acts, empty fields left out.",
    fields(jsonSchema(userInfo)),
    "## Why a call ended",
    table(
      ["`reason`", "meaning"],
      rows(endReasons, (meaning) => [meaning]),
    ),
    "## Why somebody left a room",
    table(
      ["`reason`", "meaning"],
      rows(leaveReasons, (meaning) => [meaning]),
    ),
    "## Error codes",
    "Programs go by the code; the message is for people, and its wording belongs to the place it comes from.",
    table(
      ["`code`", "SIP", "advice"],
      rows(errorCodes, ({ sip, advice }) => [sip, advice]),
    ),
    "Any frame may get these:",
    refusals(frameRefusals),
    "## Close codes",
    closeCodeTable(),
    "Any other code is a lost connection: connect again, with growing and jittered pauses.",
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Close codes of the service, with the advice to clients; also part of the operations page. */
export function closeCodeTable(): string {
  const all = Object.values(closeCodes);
  return table(
    ["code", "reason", "what the client should do"],
    all.map(({ code, reason, advice }) => [code, `\`${reason}\``, advice]),
  );
}

const INTRODUCTION = `# Protocol reference

Generated from the schemas in \`src/protocol\` by \`npm run docs\`; [asyncapi.json](asyncapi.json) says the same for programs, and
[writing a client](../writing-a-client.md) tells the story from connect to hang-up.

One JSON object per frame, text or binary: \`{"type": string, "payload": object, "ref"?: string}\`. \`GET /ws\` opens the socket. Both
directions share some names, so the two lists below are apart. Clients ignore types and fields they do not know; so does the service with
fields. A \`null\` field counts as absent. A \`ref\` of up to ${MAX_REF_LENGTH} characters comes back at top level of the request's answer or error. A frame over
${kib(MAX_FRAME_BYTES)} is not read at all and closes the socket with 1009.

The text frame \`ping\` is answered by the text frame \`pong\`.`;

function request(type: keyof typeof client): string {
  const { doc, limit, payload, flat }: ClientMessage = client[type];
  const answers = answersOf(type).map((answer) => `\`${answer}\``);
  return [
    `### \`${type}\` from the client`,
    flat ? `${doc} ${FLAT}` : doc,
    fields(jsonSchema(payload)),
    frames(clientFrames[type]),
    answers.length === 0
      ? flat
        ? "An `ack` when the request has a `ref`."
        : "No answer; an `ack` on a socket that opted in to resuming, when the request has a `ref`."
      : `Answered by ${answers.join(" or ")}.`,
    `Largest frame: ${kib(limit)}.`,
    refusals(refusalsOf(type)),
  ].join("\n\n");
}

function event(type: keyof typeof server): string {
  const { doc, payload } = server[type];
  const place = isFlat(type) ? FLAT : "";
  return [
    `### \`${type}\` from the service`,
    [doc, place].filter((text) => text !== "").join(" "),
    fields(jsonSchema(payload)),
    frames(serverFrames[type]),
  ].join("\n\n");
}

function fields({ properties = {}, required = [] }: JsonSchema): string {
  return table(
    ["field", "type", "required", "meaning"],
    Object.entries(properties).map(([name, schema]) => [
      `\`${name}\``,
      isUserInfo(schema) ? "[user info](#user-info)" : typeInWords(schema),
      required.includes(name) ? "yes" : "no",
      schema.description ?? "",
    ]),
  );
}

function isUserInfo({ properties }: JsonSchema): boolean {
  return JSON.stringify(properties) === USER_INFO;
}

function refusals(list: readonly Refusal[]): string {
  return table(
    ["error", "message", "when"],
    list.map(({ code, message, when }) => [`\`${code}\``, message, when]),
  );
}

function rows<T>(
  all: Readonly<Record<string, T>>,
  cells: (value: T) => readonly (string | number)[],
): (string | number)[][] {
  return Object.entries(all).map(([name, value]) => [`\`${name}\``, ...cells(value)]);
}

function kib(bytes: number): string {
  return bytes % 1_048_576 === 0 ? `${bytes / 1_048_576} MiB` : `${bytes / 1_024} KiB`;
}

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[];
}
