/** Commands on keys of any kind. */
import { toText } from "./bytes.ts";
import { type Commands, expiryMoment, parseInteger, quoted, SYNTAX, text } from "./command.ts";
import { array, integer, ok, type Reply, status } from "./engine.ts";
import { globMatcher } from "./glob.ts";
import { type Keyspace, RedisError, type Value } from "./keyspace.ts";

const typeName = (value: Value | undefined): string =>
  value === undefined ? "none" : typeof value === "string" ? "string" : "hash";

/** Options of EXPIRE and its kin that set a condition. */
function expireOptions(words: readonly string[]): ReadonlySet<string> {
  const options = new Set<string>();
  for (const word of words) {
    const option = word.toUpperCase();
    if (!["NX", "XX", "GT", "LT"].includes(option)) {
      throw new RedisError(`ERR Unsupported option ${toText(quoted(word))}`);
    }
    options.add(option);
  }
  if (options.has("NX") && options.size > 1) {
    throw new RedisError("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (options.has("GT") && options.has("LT")) {
    throw new RedisError("ERR GT and LT options at the same time are not compatible");
  }
  return options;
}

/** Whether the conditions allow the new moment in place of the present one (null: none). */
function allowed(options: ReadonlySet<string>, moment: number, present: number | null): boolean {
  if (options.has("NX") && present !== null) return false;
  if (options.has("XX") && present === null) return false;
  if (options.has("GT") && (present === null || moment <= present)) return false;
  return !(options.has("LT") && present !== null && moment >= present);
}

/** EXPIRE, PEXPIRE, EXPIREAT or PEXPIREAT: unit in milliseconds, counted from the present or from 1970. */
const expire = (unit: bigint, from: "present" | "1970") => ({
  arity: -3,
  keys: "first" as const,
  run(db: Keyspace, args: readonly string[], name: string): Reply {
    const [key = "", amount, ...words] = args;
    const options = expireOptions(words);
    const moment = expiryMoment(parseInteger(amount), unit, from === "present" ? db.now : 0, name);
    const present = db.expiry(key);
    if (present === undefined || !allowed(options, moment, present)) return integer(0);
    db.expire(key, moment);
    return integer(1);
  },
});

/** TTL or PTTL: how the milliseconds left are rounded. */
const timeToLive = (round: (left: number) => number) => ({
  arity: 2,
  keys: "first" as const,
  run(db: Keyspace, [key = ""]: readonly string[]): Reply {
    const expiresAt = db.expiry(key);
    if (expiresAt === undefined) return integer(-2);
    return integer(expiresAt === null ? -1 : round(Math.max(0, expiresAt - db.now)));
  },
});

/** FLUSHALL or FLUSHDB: there is one database. */
const flush = {
  arity: -1,
  keys: "none" as const,
  run(db: Keyspace, args: readonly string[]): Reply {
    if (args.length > 1 || !/^(a?sync)$/i.test(args[0] ?? "sync")) throw new RedisError(SYNTAX);
    db.clear();
    return ok;
  },
};

/** SCAN in one go: the cursor that comes back is always 0. */
function scan(db: Keyspace, [cursor = "", ...words]: readonly string[]): Reply {
  if (!/^\d+$/.test(cursor)) throw new RedisError("ERR invalid cursor");
  let keep = (_key: string): boolean => true;
  for (let i = 0; i < words.length; i += 2) {
    const [option = "", value] = [words[i]?.toUpperCase(), words[i + 1]];
    const before = keep;
    if (value === undefined || !["COUNT", "MATCH", "TYPE"].includes(option))
      throw new RedisError(SYNTAX);
    if (option === "COUNT" && parseInteger(value) < 1n) throw new RedisError(SYNTAX);
    if (option === "MATCH") {
      const matches = globMatcher(value);
      keep = (key) => before(key) && matches(key);
    }
    if (option === "TYPE")
      keep = (key) => before(key) && typeName(db.get(key)) === value.toLowerCase();
  }
  return array([
    text("0"),
    array(
      db
        .keys()
        .filter((key) => keep(key))
        .map(text),
    ),
  ]);
}

const count = (keys: readonly string[], test: (key: string) => boolean): Reply =>
  integer(keys.filter((key) => test(key)).length);

export const keyCommands: Commands = {
  del: { arity: -2, keys: "all", run: (db, keys) => count(keys, (key) => db.delete(key)) },
  exists: {
    arity: -2,
    keys: "all",
    run: (db, keys) => count(keys, (key) => db.get(key) !== undefined),
  },
  type: { arity: 2, keys: "first", run: (db, [key = ""]) => status(typeName(db.get(key))) },
  expire: expire(1000n, "present"),
  pexpire: expire(1n, "present"),
  expireat: expire(1000n, "1970"),
  pexpireat: expire(1n, "1970"),
  ttl: timeToLive((left) => Math.floor((left + 500) / 1000)),
  pttl: timeToLive((left) => left),
  persist: {
    arity: 2,
    keys: "first",
    run(db, [key = ""]) {
      if (typeof db.expiry(key) !== "number") return integer(0);
      db.expire(key, null);
      return integer(1);
    },
  },
  keys: {
    arity: 2,
    keys: "none",
    run: (db, [pattern = ""]) => array(db.keys().filter(globMatcher(pattern)).map(text)),
  },
  scan: { arity: -2, keys: "none", run: scan },
  dbsize: { arity: 1, keys: "none", run: (db) => integer(db.keys().length) },
  flushall: flush,
  flushdb: flush,
};
