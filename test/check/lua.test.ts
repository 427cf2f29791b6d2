import { describe, expect, it } from "vitest";
import { checkImports, checkScript } from "../../dev/check/lua.ts";

const good = `#!lua flags=allow-key-locking
-- Ends a call.
--
-- KEYS[1] the session   KEYS[2] the caller
-- ARGV[1] session id
--
-- Result: {"ok"}.

redis.call("DEL", KEYS[1], KEYS[2], ARGV[1])
return { "ok" }
`;
const check = (text: string, path = "lua/end_call.lua") => checkScript({ path, text });
const edited = (from: string, to: string) => check(good.replace(from, to));

describe("the check of scripts", () => {
  it("passes a script that keeps to its header", () => {
    expect(check(good)).toEqual([]);
  });

  it.each([
    [
      "another first line",
      "#!lua flags=allow-key-locking",
      "#!lua",
      'first line is not "#!lua flags=allow-key-locking"',
    ],
    ["no result", "-- Result:", "-- Gives:", 'has no "Result:"'],
    [
      "a key that the header lacks",
      "KEYS[1], KEYS[2]",
      "KEYS[1], KEYS[3]",
      "does not name KEYS[3]",
    ],
    [
      "a key that the body lacks",
      "KEYS[1], KEYS[2]",
      "KEYS[1]",
      "names KEYS[2], which it does not use",
    ],
    ["an argument that the body lacks", ", ARGV[1])", ")", "names ARGV[1], which it does not use"],
    ["a gap", "ARGV[1] session id", "ARGV[2] session id", "does not name ARGV[1]"],
    ["an index without a name", "KEYS[2] the caller", "KEYS[2]", "does not name KEYS[2]"],
    ["a key in a comment only", "KEYS[1], KEYS[2]", "KEYS[1] -- KEYS[2]\n", "names KEYS[2]"],
    ["a status reply", 'return { "ok" }', 'return redis.status_reply("OK")', "status reply"],
    ["a status table", 'return { "ok" }', 'return { ok = "OK" }', "status reply"],
    ["a sentence", 'return { "ok" }', 'return redis.error_reply("no")', "writes an error"],
  ])("refuses %s", (_, from, to, problem) => {
    expect(edited(from, to).join("\n")).toContain(problem);
  });

  it("takes a computed index for any that the header names", () => {
    expect(edited("KEYS[1], KEYS[2]", "KEYS[1], KEYS[index + 1]")).toEqual([]);
  });

  it("wants names such as end_call.lua", () => {
    expect(check(good, "lua/endCall.lua")).toEqual([
      "lua/endCall.lua: is not named like verb_noun.lua",
    ]);
  });

  it("names scripts that nothing imports", () => {
    const scripts = [{ path: "lua/end_call.lua", text: good }];
    const source = (text: string) => [{ path: "src/a.ts", text }];
    expect(checkImports(scripts, source('import x from "../../lua/end_call.lua";'))).toEqual([]);
    expect(checkImports(scripts, source('import x from "../../lua/xend_call.lua";'))).toHaveLength(
      1,
    );
  });
});
