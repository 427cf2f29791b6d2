import { beforeEach, describe, expect, test } from "vitest";
import { createEmbeddedEngine } from "../../../dev/redis/embedded.ts";
import type { RedisEngine } from "../../../dev/redis/engine.ts";
import { handleUpstash } from "../../../dev/redis/upstash.ts";

const TOKEN = "a token";
let engine: RedisEngine;
beforeEach(() => {
  engine = createEmbeddedEngine();
});

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Sends a request with the right token and gives the status and the JSON that come back. */
async function send(path: string, { method = "POST", body, headers = {} }: Sent = {}) {
  const request = new Request(`http://local${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const response = await handleUpstash(engine, TOKEN, request);
  return { status: response.status, json: await response.json() };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const encoded = { "upstash-encoding": "base64" };

describe("who may ask", () => {
  test.each(["", "Bearer", "Bearer a tokem", "Bearer a token and more", "Basic a token"])(
    "refuses the authorization %j",
    async (authorization) => {
      expect(await send("/", { body: ["PING"], headers: { authorization } })).toEqual({
        status: 401,
        json: { error: "WRONGPASS invalid or missing auth token" },
      });
    },
  );

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])(
    "does not know the method %s",
    async (method) => {
      expect(await send("/", { method })).toEqual({
        status: 405,
        json: { error: "ERR method not allowed: use GET or POST" },
      });
    },
  );
});

describe("one command", () => {
  test("LOCAL-2 takes strings, numbers and booleans, in any letter case", async () => {
    expect(await send("/", { body: ["set", "key", 1.5, "pX", 60000] })).toEqual({
      status: 200,
      json: { result: "OK" },
    });
    expect(await send("/", { body: ["GeT", "key"] })).toEqual({
      status: 200,
      json: { result: "1.5" },
    });
    await send("/", { body: ["SET", true, false] });
    expect(await send("/", { body: ["GET", "true"] })).toEqual({
      status: 200,
      json: { result: "false" },
    });
  });

  test("tells null, numbers and nested arrays apart", async () => {
    expect(await send("/", { body: ["GET", "none"] })).toEqual({
      status: 200,
      json: { result: null },
    });
    expect(await send("/", { body: ["INCR", "n"] })).toEqual({ status: 200, json: { result: 1 } });
    expect(await send("/", { body: ["EVAL", "return {1, {'a', false, {}}, 'é'}", 0] })).toEqual({
      status: 200,
      json: { result: [1, ["a", null, []], "é"] },
    });
  });

  test("LOCAL-2 encodes strings when asked to, at any depth", async () => {
    const answers = await Promise.all(
      [["PING"], ["SET", "a", "OK"], ["GET", "a"], ["EVAL", "return {1, {'OK', false}}", "0"]].map(
        (body) => send("/", { body, headers: encoded }),
      ),
    );
    expect(answers.map(({ json }) => json)).toEqual([
      { result: base64("PONG") },
      { result: "OK" },
      { result: base64("OK") },
      { result: [1, [base64("OK"), null]] },
    ]);
  });

  test("encodes a status inside an array, where a bare OK would decode to something else", async () => {
    const { json } = await send("/", {
      body: ["EVAL", "return {redis.call('SET', 'a', '1')}", "0"],
      headers: encoded,
    });
    expect(json).toEqual({ result: ["T0s="] });
  });

  test.each([
    [["nope", "a"], "ERR unknown command 'nope', with args beginning with: 'a' "],
    [["GET"], "ERR wrong number of arguments for 'get' command"],
    [["EVALSHA", "0".repeat(40), "0"], "NOSCRIPT No matching script. Please use EVAL."],
    [["EVAL", "return {err = 'MY words'}", "0"], "MY words"],
  ])("answers %j with Redis's words", async (body, error) => {
    expect(await send("/", { body, headers: encoded })).toEqual({ status: 400, json: { error } });
  });

  test.each([
    ["not JSON", "ERR the body is not JSON"],
    [{ command: "GET" }, "ERR a command is a JSON array of words"],
    [[], "ERR a command is a JSON array of words"],
    [["SET", "a", null], "ERR the words of a command are strings, numbers or booleans"],
    [["SET", "a", { b: 1 }], "ERR the words of a command are strings, numbers or booleans"],
  ])("refuses the body %j", async (body, error) => {
    expect(await send("/", { body })).toEqual({ status: 400, json: { error } });
  });
});

describe("a command in the path", () => {
  test("is for looking by hand", async () => {
    expect((await send("/set/a%2Fb/v%C3%A9", { method: "GET" })).json).toEqual({ result: "OK" });
    expect((await send("/get/a%2Fb", { method: "GET" })).json).toEqual({ result: "vé" });
    expect((await send("/set/c", { body: "the body" })).json).toEqual({ result: "OK" });
    expect((await send("/get/c", { method: "GET" })).json).toEqual({ result: "the body" });
  });

  test("must say something", async () => {
    expect(await send("/", { method: "GET" })).toEqual({
      status: 400,
      json: { error: "ERR empty command" },
    });
    expect((await send("/get/%E0", { method: "GET" })).json).toEqual({
      error: "ERR the path is not well encoded",
    });
  });
});

describe("many commands", () => {
  const body = [["SET", "a", "x"], ["INCR", "a"], ["GET", "a"], ["nope"]];

  test("each have their own result in a pipeline", async () => {
    expect(await send("/pipeline", { body })).toEqual({
      status: 200,
      json: [
        { result: "OK" },
        { error: "ERR value is not an integer or out of range" },
        { result: "x" },
        { error: "ERR unknown command 'nope', with args beginning with: " },
      ],
    });
  });

  test("fail together in a transaction with one that cannot run", async () => {
    expect(await send("/multi-exec", { body })).toEqual({
      status: 400,
      json: { error: "EXECABORT Transaction discarded because of previous errors." },
    });
    expect((await send("/multi-exec", { body: body.slice(0, 3) })).json).toEqual([
      { result: "OK" },
      { error: "ERR value is not an integer or out of range" },
      { result: "x" },
    ]);
  });

  test.each(["/pipeline", "/multi-exec"])("must be an array of arrays at %s", async (path) => {
    expect((await send(path, { body: { a: 1 } })).json).toEqual({
      error: "ERR a pipeline is a JSON array of commands",
    });
    expect((await send(path, { body: ["PING"] })).json).toEqual({
      error: "ERR a command is a JSON array of words",
    });
    expect(await send(path, { body: [] })).toEqual({ status: 200, json: [] });
  });
});

test("answers 503 while the engine is out of reach", async () => {
  engine = { ...engine, run: async () => Promise.reject(new Error("Socket closed")) };
  expect(await send("/", { body: ["PING"] })).toEqual({
    status: 503,
    json: { error: "ERR Redis is out of reach: Socket closed" },
  });
});
