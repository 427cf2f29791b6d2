/**
 * Lua 5.1, the version Redis embeds, in WebAssembly. `sandbox.lua` runs inside and does what Redis does
 * around a script. Both talk over the sandbox's standard input and output, which Emscripten serves
 * synchronously: `redis.call` is then an ordinary function, also inside `pcall`, and every byte passes.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { array, error, type Reply } from "./engine.ts";
import { decodeFrame, encodeFrame } from "./frames.ts";

/** Answers one request of a running script: its first item says what is asked for. */
export type Host = (request: readonly Reply[]) => Reply;

/** A Lua state with the sandbox in it. */
export interface LuaVm {
  /** Runs one job of the sandbox; the host answers what a script asks for meanwhile. */
  job(words: readonly Reply[], host: Host): Reply;
}

/** What is used of the Emscripten module: Lua's C API, by its names in the manual of Lua 5.1. */
interface Glue {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _luaL_newstate(): number;
  _luaL_openlibs(L: number): void;
  _luaL_loadbuffer(L: number, source: number, length: number, name: number): number;
  _lua_pcall(L: number, args: number, results: number, handler: number): number;
  _lua_getfield(L: number, index: number, name: number): void;
}
type GlueFactory = (overrides: { stdin(): number | null; stdout(byte: number): void }) => Glue;

/** The Lua side, in the order in which its parts build on each other. */
const SOURCES = ["./frames.lua", "./json-encode.lua", "./json-decode.lua", "./sandbox.lua"];
const GLOBALS_INDEX = -10002;
const sourceOf = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));

/** Loads the module without the process-wide handlers it leaves behind, which end the process on any stray rejection. */
function instantiate(overrides: Parameters<GlueFactory>[0]): Glue {
  const require = createRequire(import.meta.url);
  const load = require("lua-wasm-bindings/dist/glue/glue-lua-5.1.5.js") as GlueFactory;
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => new Set(process.listeners(event as NodeJS.Signals)));
  const glue = load(overrides);
  for (const [index, event] of events.entries()) {
    for (const listener of process.listeners(event as NodeJS.Signals)) {
      if (!before[index]?.has(listener)) process.removeListener(event, listener);
    }
  }
  return glue;
}

/** Starts a Lua state (about 40 ms for the first, less for more). @throws {Error} when the sandbox is broken */
export function createLuaVm(): LuaVm {
  let output: number[] = [];
  let input: Buffer = Buffer.alloc(0);
  let inputAt = 0;
  let answer: Host = () => error("ERR no script is running");

  const send = (reply: Reply): void => {
    input = encodeFrame(reply);
    inputAt = 0;
  };
  const receive = (): Reply => {
    const bytes = Buffer.from(output);
    output = [];
    return decodeFrame(bytes);
  };
  const respond = (): void => {
    const request = receive();
    send(request.type === "array" ? answer(request.items) : error("ERR broken request"));
  };

  const glue = instantiate({
    stdout: (byte) => output.push(byte & 0xff),
    stdin() {
      // Lua reads only after it has written a whole request, so that is the moment to answer it.
      if (inputAt === input.length && output.length > 0) respond();
      return inputAt < input.length ? (input[inputAt++] ?? null) : null;
    },
  });
  const copy = (bytes: Buffer): number => {
    const pointer = glue._malloc(bytes.length + 1);
    glue.HEAPU8.set(bytes, pointer);
    glue.HEAPU8[pointer + bytes.length] = 0;
    return pointer;
  };

  const L = glue._luaL_newstate();
  glue._luaL_openlibs(L);
  for (const file of SOURCES) {
    const source = sourceOf(file);
    const failed =
      glue._luaL_loadbuffer(L, copy(source), source.length, copy(Buffer.from("=redis"))) ||
      glue._lua_pcall(L, 0, 0, 0);
    if (failed) throw new Error(`${file} does not load (Lua status ${failed})`);
  }
  const entry = copy(Buffer.from("run_job"));

  return {
    job(words, host) {
      answer = host;
      output = [];
      send(array(words));
      glue._lua_getfield(L, GLOBALS_INDEX, entry);
      const failed = glue._lua_pcall(L, 0, 0, 0);
      if (failed) throw new Error(`the Lua sandbox failed (Lua status ${failed})`);
      return receive();
    },
  };
}
