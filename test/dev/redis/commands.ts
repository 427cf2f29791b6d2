/** Random commands on a few keys, so that they meet each other's types, values and expiries. */
import fc from "fast-check";
import type { Words } from "../../../dev/redis/engine.ts";

const key = fc.constantFrom("a", "b", "c", "call:user:é");
const field = fc.constantFrom("f", "g", "H");
const value = fc.oneof(
  fc.constantFrom("0", "1", "-7", "9223372036854775807", "1.5", "007", "", "OK", "é\0\r\n"),
  fc.string({ maxLength: 8 }),
);
const amount = fc.constantFrom(
  "0",
  "1",
  "-1",
  "10",
  "9223372036854775807",
  "-9223372036854775808",
  "x",
  "1.0",
  "+1",
);
/** Durations far from the clock's tolerance, in seconds or milliseconds alike; and bad ones. */
const duration = fc.constantFrom(
  "100000",
  "200000",
  "0",
  "-1",
  "x",
  "99999999999999999999",
  "9223372036854775807",
);
const moment = fc.constantFrom("1", "4102444800000", "0", "-5", "x");
const pattern = fc.constantFrom(
  "*",
  "?",
  "call:*",
  "[ab]",
  "[^a]",
  "[a-b",
  "\\a",
  "",
  "*é",
  "[]",
  "[^]",
  "a]",
  "[b-a]",
);
const condition = fc.constantFrom("NX", "xx", "GT", "lt", "zz");
const setOption = fc.oneof(
  fc.constantFrom(["NX"], ["xx"], ["GET"], ["keepttl"], ["EX"], ["zz"]),
  fc.tuple(fc.constantFrom("EX", "px"), duration),
  fc.tuple(fc.constantFrom("exat", "PXAT"), moment),
);

const words = (...parts: fc.Arbitrary<string | string[]>[]): fc.Arbitrary<Words> =>
  fc.tuple(...parts).map((list) => list.flat());
const few = <T>(item: fc.Arbitrary<T>, maxLength = 3) => fc.array(item, { maxLength });
const name = (...names: string[]) => fc.constantFrom(...names);

/**
 * One command: mostly well formed, now and then with too few, too many or wrong words. Left out: DBSIZE and
 * SCAN TYPE none, in which a real Redis counts keys that have expired but are not yet removed.
 */
export const commandArbitrary: fc.Arbitrary<Words> = fc.oneof(
  words(name("GET", "TYPE", "ttl", "PERSIST", "INCR", "HGETALL"), key),
  words(
    name("SET"),
    key,
    value,
    few(setOption, 2).map((options) => options.flat()),
  ),
  words(name("DEL", "EXISTS"), few(key)),
  words(name("EXPIRE", "pexpire"), key, duration, few(condition, 2)),
  words(name("EXPIREAT", "PEXPIREAT"), key, moment, few(condition, 1)),
  words(name("KEYS"), pattern),
  words(
    name("SCAN"),
    name("0", "x"),
    name("COUNT"),
    name("1000", "0"),
    few(pattern, 1).map((list) => list.flatMap((p) => ["match", p])),
  ),
  words(
    name("SCAN"),
    name("0"),
    name("COUNT"),
    name("1000"),
    name("TYPE"),
    name("hash", "STRING", "list"),
  ),
  words(name("INCRBY"), key, amount),
  words(
    name("HSET"),
    key,
    few(fc.tuple(field, value)).map((pairs) => pairs.flat()),
  ),
  words(name("HSETNX"), key, field, value),
  words(name("HGET", "HEXISTS"), key, field),
  words(name("HMGET", "HDEL"), key, few(field)),
  words(name("HINCRBY"), key, field, amount),
  words(name("PING", "ECHO_", "hset", "TIME_"), few(value)),
  words(
    name("GET", "SET", "HSET", "EXPIRE", "TTL", "FLUSHDB", "EVALSHA", "EVAL", "SCRIPT"),
    few(value),
  ),
);
