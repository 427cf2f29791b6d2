/**
 * Upstash's REST interface in front of any engine, as one function from request to response:
 * `POST /` one command, `POST /pipeline` many, `POST /multi-exec` many as a transaction, and
 * `/command/argument/…` for a quick look by hand. See https://upstash.com/docs/redis/features/restapi.
 */
import { timingSafeEqual } from "node:crypto";
import type { RedisEngine, Reply, Words } from "./engine.ts";

/** One result as JSON; in a pipeline every command has its own. */
type Result = { readonly result: unknown } | { readonly error: string };

class BadRequest extends Error {}

const respond = (status: number, body: unknown): Response => Response.json(body, { status });

function authorized(request: Request, token: string): boolean {
  const [given, wanted] = [request.headers.get("authorization") ?? "", `Bearer ${token}`].map(
    (text) => Buffer.from(text),
  );
  return (
    given !== undefined &&
    wanted !== undefined &&
    given.length === wanted.length &&
    timingSafeEqual(given, wanted)
  );
}

/** A reply's value as JSON. `encoding` says how strings go out; errors inside arrays are their text. */
function toJson(reply: Reply, encoding: "base64" | "utf8"): unknown {
  switch (reply.type) {
    case "null":
      return null;
    case "integer":
      return reply.value;
    case "array":
      return reply.items.map((item) => toJson(item, encoding));
    case "bulk":
      return Buffer.from(reply.bytes).toString(encoding);
    case "status":
    case "error":
      return Buffer.from(reply.text).toString(encoding);
  }
}

/** As Upstash does, a status that is the whole result stays plain: its client expects a bare `OK` there. */
function toResult(reply: Reply, encoding: "base64" | "utf8"): Result {
  if (reply.type === "error") return { error: reply.text };
  const bare = reply.type === "status" && reply.text === "OK";
  return { result: bare ? "OK" : toJson(reply, encoding) };
}

function toWords(value: unknown): Words {
  if (!Array.isArray(value) || value.length === 0)
    throw new BadRequest("ERR a command is a JSON array of words");
  return value.map((word: unknown) => {
    if (typeof word === "string") return word;
    if (typeof word === "number" || typeof word === "boolean") return String(word);
    throw new BadRequest("ERR the words of a command are strings, numbers or booleans");
  });
}

function toCommands(value: unknown): Words[] {
  if (!Array.isArray(value)) throw new BadRequest("ERR a pipeline is a JSON array of commands");
  return value.map(toWords);
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new BadRequest("ERR the body is not JSON");
  }
}

function decodeWord(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BadRequest("ERR the path is not well encoded");
  }
}

/** The command of `/get/key` or `/set/key`; the body of a POST is its last word. */
async function wordsOfPath(path: string, request: Request): Promise<Words> {
  const words = path.split("/").filter(Boolean).map(decodeWord);
  const body = request.method === "POST" ? await request.text() : "";
  return body === "" ? words : [...words, body];
}

async function answer(
  engine: RedisEngine,
  request: Request,
  encoding: "base64" | "utf8",
): Promise<Response> {
  const path = new URL(request.url).pathname;
  if (path === "/pipeline" && request.method === "POST") {
    const results: Result[] = [];
    for (const words of toCommands(await readJson(request))) {
      results.push(toResult(await engine.run(words), encoding));
    }
    return respond(200, results);
  }
  if (path === "/multi-exec" && request.method === "POST") {
    const reply = await engine.transaction(toCommands(await readJson(request)));
    if (reply.type !== "array") return respond(400, toResult(reply, encoding));
    return respond(
      200,
      reply.items.map((item) => toResult(item, encoding)),
    );
  }
  const words =
    path === "/" && request.method === "POST"
      ? toWords(await readJson(request))
      : await wordsOfPath(path, request);
  if (words.length === 0) throw new BadRequest("ERR empty command");
  const result = toResult(await engine.run(words), encoding);
  return respond("error" in result ? 400 : 200, result);
}

/**
 * Serves one request. Bad requests and Redis's errors get 400 `{"error"}`, a wrong token 401, methods
 * other than GET and POST 405, and 503 when the engine is out of reach; it never throws.
 */
export async function handleUpstash(
  engine: RedisEngine,
  token: string,
  request: Request,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "POST") {
    return respond(405, { error: "ERR method not allowed: use GET or POST" });
  }
  if (!authorized(request, token))
    return respond(401, { error: "WRONGPASS invalid or missing auth token" });
  const encoding =
    request.headers.get("upstash-encoding")?.toLowerCase() === "base64" ? "base64" : "utf8";
  try {
    return await answer(engine, request, encoding);
  } catch (thrown) {
    if (thrown instanceof BadRequest) return respond(400, { error: thrown.message });
    return respond(503, {
      error: `ERR Redis is out of reach: ${thrown instanceof Error ? thrown.message : "unknown"}`,
    });
  }
}
