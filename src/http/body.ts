/** Bodies of requests, read up to a limit, whatever their content type says. */
import { parseExactly } from "../wire/exact-numbers.ts";
import { isJsonObject } from "../protocol/seal.ts";

/** A body that cannot be used, with the status that says so. */
export class BadBody extends Error {
  override readonly name = "BadBody";
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a request's body as JSON, up to `limit` bytes.
 *
 * @throws {BadBody} when it is too large, empty, not UTF-8 or not JSON
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const text = await readText(request, limit);
  if (text.trim() === "") throw new BadBody(400, "the body is empty");
  try {
    return parseExactly(text);
  } catch {
    throw new BadBody(400, "the body is not JSON");
  }
}

/**
 * The fields of a JSON object by the names they should have: a missing one is also found in another
 * letter case, as on a socket. Nothing when the body is something else.
 */
export function fieldsOf(
  body: unknown,
  names: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  if (!isJsonObject(body)) return undefined;
  const others = Object.entries(body).toReversed();
  const lower = new Map(others.map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(names.map((name) => [name, body[name] ?? lower.get(name)]));
}

/**
 * Reads a request's body as text, up to `limit` bytes.
 *
 * @throws {BadBody} when it is too large, or not UTF-8
 */
export async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    bytes += value.byteLength;
    // What is left of the body is not waited for.
    if (bytes > limit) {
      await reader?.cancel();
      throw tooLarge();
    }
    text += decode(decoder, value);
  }
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    throw new BadBody(400, "the body is not UTF-8");
  }
}

const tooLarge = () => new BadBody(413, "message too large");
