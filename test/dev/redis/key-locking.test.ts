import { expect, test } from "vitest";
import { withoutKeyLocking } from "../../../dev/redis/key-locking.ts";

test.each([
  ["return 1", "return 1"],
  ["#!lua\nreturn 1", "#!lua\nreturn 1"],
  ["#!lua flags=no-writes\nreturn 1", "#!lua flags=no-writes\nreturn 1"],
  ["#!lua flags=allow-key-locking\nreturn 1", "#!lua\nreturn 1"],
  ["#!lua flags=allow-key-locking\r\nreturn 1", "#!lua\nreturn 1"],
  ["#!lua flags=no-writes,allow-key-locking\n\nreturn 1", "#!lua flags=no-writes\n\nreturn 1"],
  ["#!lua flags=allow-key-locking", "#!lua"],
  ["-- #!lua flags=allow-key-locking\nreturn 1", "-- #!lua flags=allow-key-locking\nreturn 1"],
])("makes of %j the script %j", (source, rewritten) => {
  expect(withoutKeyLocking(source)).toBe(rewritten);
});
