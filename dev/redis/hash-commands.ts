/** Commands on hashes. */
import { addIntegers, type Commands, parseInteger, text, wrongArity } from "./command.ts";
import { array, integer, type Reply } from "./engine.ts";
import type { Keyspace } from "./keyspace.ts";

function hset(db: Keyspace, [key = "", ...pairs]: readonly string[]): Reply {
  if (pairs.length % 2 !== 0) throw wrongArity("hset");
  const hash = db.ownHash(key);
  const before = hash.size;
  for (let at = 0; at < pairs.length; at += 2) hash.set(pairs[at] ?? "", pairs[at + 1] ?? "");
  return integer(hash.size - before);
}

function hsetnx(db: Keyspace, [key = "", field = "", value = ""]: readonly string[]): Reply {
  if (db.hash(key)?.has(field)) return integer(0);
  db.ownHash(key).set(field, value);
  return integer(1);
}

function hdel(db: Keyspace, [key = "", ...fields]: readonly string[]): Reply {
  const hash = db.hash(key);
  if (!hash) return integer(0);
  const gone = fields.filter((field) => hash.delete(field)).length;
  if (hash.size === 0) db.delete(key);
  return integer(gone);
}

function hincrby(db: Keyspace, [key = "", field = "", amount]: readonly string[]): Reply {
  const increment = parseInteger(amount);
  const present = parseInteger(db.hash(key)?.get(field) ?? "0", "ERR hash value is not an integer");
  const sum = addIntegers(present, increment);
  db.ownHash(key).set(field, String(sum));
  return integer(sum);
}

export const hashCommands: Commands = {
  hset: { arity: -4, keys: "first", run: hset },
  hsetnx: { arity: 4, keys: "first", run: hsetnx },
  hget: {
    arity: 3,
    keys: "first",
    run: (db, [key = "", field = ""]) => text(db.hash(key)?.get(field)),
  },
  hmget: {
    arity: -3,
    keys: "first",
    run(db, [key = "", ...fields]) {
      const hash = db.hash(key);
      return array(fields.map((field) => text(hash?.get(field))));
    },
  },
  hgetall: {
    arity: 2,
    keys: "first",
    run: (db, [key = ""]) => array([...(db.hash(key) ?? [])].flat().map(text)),
  },
  hdel: { arity: -3, keys: "first", run: hdel },
  hexists: {
    arity: 3,
    keys: "first",
    run: (db, [key = "", field = ""]) => integer(db.hash(key)?.has(field) ? 1 : 0),
  },
  hincrby: { arity: 4, keys: "first", run: hincrby },
};
