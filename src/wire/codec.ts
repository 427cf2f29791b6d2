/**
 * The native JSON codec: frame → request, event → frame. A frame is parsed once on the way in and an
 * event encoded once on the way out; nothing else in the service knows how a frame is spelled.
 */
import * as z from "zod";
import {
  client,
  clientMessage,
  isFlat,
  type ClientPayload,
  type ClientType,
} from "../protocol/index.ts";
import { refuse, type ProtocolError } from "../protocol/errors.ts";
import {
  MAX_REF_LENGTH,
  type About,
  type ClientMessage,
  type Event,
  type SealedEvent,
} from "../protocol/message.ts";
import { isJsonObject } from "../protocol/seal.ts";
import { parseExactly } from "./exact-numbers.ts";

// The runtime forbids code generation, so zod need not try it.
z.config({ jitless: true });

type JsonObject = Readonly<Record<string, unknown>>;

/** A frame that is known to be a JSON object, before anybody looks at its meaning. */
export interface Envelope {
  readonly body: JsonObject;
  readonly bytes: number;
  /** The request's reference, when it is one that comes back. */
  readonly ref?: string;
}

/** A request of a known type whose payload fits its schema. */
export type Request<T extends ClientType = ClientType> = {
  readonly [K in T]: {
    readonly type: K;
    readonly payload: ClientPayload<K>;
    /** The payload as it was sent, unknown keys included: what is relayed. Of a flat message, all of it. */
    readonly raw: JsonObject;
    readonly ref?: string;
    /** The type as it was sent, when it is another than the one it is handled as. */
    readonly name?: string;
    /** What an error of it repeats, such as the call it names. */
    readonly about: About;
  };
}[T];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Length of a frame in bytes of UTF-8, without encoding it when it is surely above `limit`, or below
 * `least`.
 */
export function frameBytes(
  frame: string | ArrayBuffer,
  limit: number,
  least: number = limit,
): number {
  if (typeof frame !== "string") return frame.byteLength;
  if (frame.length > limit) return frame.length;
  return frame.length * 3 <= least ? frame.length : encoder.encode(frame).byteLength;
}

/**
 * Opens a frame, text or binary.
 *
 * @throws {ProtocolError} `Invalid message format` when it is not one JSON object or `null`; one too large
 *   for that is `Message too large`, whatever it holds.
 */
export function open(frame: string | ArrayBuffer): Envelope {
  const bytes = frameBytes(frame, Math.max(...limits), Math.min(...limits));
  const parsed = parseJson(frame);
  const body = parsed === null ? {} : parsed;
  if (!isJsonObject(body)) throw strange(bytes, refuse.format());
  const ref = lookup(body, "ref");
  return typeof ref === "string" && ref.length <= MAX_REF_LENGTH
    ? { body, bytes, ref }
    : { body, bytes };
}

/** The type a frame claims, if it is a string: for the error that refuses the frame. */
export function typeOf(envelope: Envelope): string | undefined {
  const type = lookup(envelope.body, "type");
  return isRepeated(type) ? type : undefined;
}

/** What a frame is about, such as the call it names: for the error that refuses the frame. */
export function aboutOf(envelope: Envelope): About {
  const message = clientMessage(typeOf(envelope) ?? "", lookup(envelope.body, "to"))?.message;
  const fields = message?.flat === true ? envelope.body : lookup(envelope.body, "payload");
  return isJsonObject(fields) ? subjectOf(message, fields) : {};
}

/**
 * Reads the request in an envelope.
 *
 * @throws {ProtocolError} with the code and message that the contract fixes for each fault.
 */
export function read(envelope: Envelope): Request {
  const name = lookup(envelope.body, "type") ?? "";
  if (typeof name !== "string") throw strange(envelope.bytes, refuse.format());
  const known = clientMessage(name, lookup(envelope.body, "to"));
  if (known === undefined) throw strange(envelope.bytes, refuse.type());
  const { type, message } = known;
  const isTooLarge = envelope.bytes > message.limit;
  if (isTooLarge && message.fieldsFirst !== true) throw refuse.tooLarge();
  const given = message.flat === true ? envelope.body : payloadOf(envelope);
  const payload = check(message, given);
  if (isTooLarge) throw refuse.tooLarge();
  const as = name === type ? {} : { name };
  const request = { type, ...as, payload, raw: given, about: subjectOf(message, payload) };
  return (envelope.ref === undefined ? request : { ...request, ref: envelope.ref }) as Request;
}

/** What stands under `payload`. */
function payloadOf(envelope: Envelope): JsonObject {
  const raw = lookup(envelope.body, "payload");
  const given = raw === null ? {} : raw;
  if (!isJsonObject(given)) throw refuse.payload();
  return given;
}

/** Spells an event out as a text frame. `seq`: its number, for a device that counts its events. */
export function encode(event: Event | SealedEvent, seq?: number): string {
  if ("json" in event) {
    const ref = event.ref === undefined ? "" : `,"ref":${JSON.stringify(event.ref)}`;
    const rest = `${ref}${seq === undefined ? "" : `,"seq":${seq}`}`;
    const type = `{"type":${JSON.stringify(event.type)}`;
    if (event.flat !== true && !isFlat(event.type))
      return `${type},"payload":${event.json}${rest}}`;
    // The fields of a flat event follow its type: only the outer braces change.
    const fields = event.json.slice(1, -1);
    return `${type}${fields === "" ? "" : ","}${fields}${rest}}`;
  }
  const { type, payload, ref } = event;
  const given = ref === undefined ? {} : { ref };
  const body = isFlat(type)
    ? { type, ...given, ...(payload as object) }
    : { type, payload, ...given };
  return JSON.stringify(seq === undefined ? body : { ...body, seq });
}

const limits = Object.values(client).map((message) => message.limit);

/** Limit of a frame that belongs to no family: that of calls, whose rules hold for all frames. */
const { limit: STRANGE_BYTES } = client["call.start"];

/** The refusal of a frame that belongs to no family. */
function strange(bytes: number, refusal: ProtocolError): ProtocolError {
  return bytes > STRANGE_BYTES ? refuse.tooLarge() : refusal;
}

/** Longest text that an error repeats, in UTF-16 code units. No type, user, channel or call has a longer name. */
const MAX_REPEATED = 1_024;

function isRepeated(text: unknown): text is string {
  return typeof text === "string" && text !== "" && text.length <= MAX_REPEATED;
}

function check(message: ClientMessage, given: JsonObject): JsonObject {
  const fields = fieldsOf(message, given);
  const result = message.payload.safeParse(fields);
  if (result.success) return result.data;
  const missing = result.error.issues.every((issue) => {
    const value = fields[String(issue.path[0])];
    return issue.path.length === 1 && (value === undefined || value === "");
  });
  const [first] = result.error.issues;
  const text = missingText(message, String(first?.path[0]));
  throw missing ? refuse.missing(text) : refuse.payload(message.invalid);
}

function missingText({ missing }: ClientMessage, field: string): string {
  return typeof missing === "string" ? missing : (missing[field] ?? "Invalid payload");
}

function subjectOf(message: ClientMessage | undefined, fields: JsonObject): About {
  const subject = message?.subject ?? "session_id";
  const value = lookup(fields, subject);
  return isRepeated(value) ? { [subject]: value } : {};
}

/** The schema's fields as found in a payload; `null` counts as absent. */
function fieldsOf(message: ClientMessage, given: JsonObject): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(message.payload.shape)) {
    const value = lookup(given, key);
    if (value !== undefined && value !== null) fields[key] = value;
  }
  return fields;
}

/** A key's value; when the exact key is missing or null, that of the same word in other letter case. */
function lookup(object: JsonObject, key: string): unknown {
  const exact = Object.hasOwn(object, key) ? object[key] : undefined;
  if (exact !== undefined && exact !== null) return exact;
  for (const name of Object.keys(object)) {
    if (name !== key && name.toLowerCase() === key.toLowerCase() && object[name] !== null) {
      return object[name];
    }
  }
  return exact;
}

/** What a frame holds; nothing when it is not JSON. */
function parseJson(frame: string | ArrayBuffer): unknown {
  try {
    const text = typeof frame === "string" ? frame : decoder.decode(frame);
    // Raw line feeds count as spaces, also inside strings, where JSON forbids them.
    return parseExactly(text.includes("\n") ? text.replaceAll("\n", " ") : text);
  } catch {
    return undefined;
  }
}
