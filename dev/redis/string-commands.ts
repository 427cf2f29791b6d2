/** Commands on strings. */
import { addIntegers, type Commands, expiryMoment, parseInteger, SYNTAX, text } from "./command.ts";
import { integer, nil, ok, type Reply } from "./engine.ts";
import { type Keyspace, RedisError } from "./keyspace.ts";

interface SetOptions {
  readonly condition: "NX" | "XX" | undefined;
  readonly answerOld: boolean;
  /** Unix milliseconds; null: never; "keep": as before. */
  readonly expiresAt: number | null | "keep";
}

/** Options of SET with an amount: milliseconds per unit, and whether it counts from the present. */
const EXPIRY_OPTIONS: Readonly<Record<string, { unit: bigint; relative: boolean }>> = {
  EX: { unit: 1000n, relative: true },
  PX: { unit: 1n, relative: true },
  EXAT: { unit: 1000n, relative: false },
  PXAT: { unit: 1n, relative: false },
};

/** Reads the words behind `SET key value`; no option may stand beside its rival. */
function setOptions(words: readonly string[], now: number): SetOptions {
  let condition: SetOptions["condition"];
  let answerOld = false;
  let expiry: { option: string; amount: string } | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const option = words[at]?.toUpperCase() ?? "";
    const amount = words[at + 1];
    const unrivalled = (expiry?.option ?? option) === option;
    if ((option === "NX" || option === "XX") && (condition ?? option) === option)
      condition = option;
    else if (option === "GET") answerOld = true;
    else if (option === "KEEPTTL" && unrivalled) expiry = { option, amount: "" };
    else if (option in EXPIRY_OPTIONS && unrivalled && amount !== undefined) {
      expiry = { option, amount };
      at += 1;
    } else throw new RedisError(SYNTAX);
  }
  return { condition, answerOld, expiresAt: expiry ? moment(expiry, now) : null };
}

function moment(
  { option, amount }: { option: string; amount: string },
  now: number,
): number | "keep" {
  const timed = EXPIRY_OPTIONS[option];
  if (!timed) return "keep";
  const value = parseInteger(amount);
  if (value <= 0n) throw new RedisError("ERR invalid expire time in 'set' command");
  return expiryMoment(value, timed.unit, timed.relative ? now : 0, "set");
}

function set(db: Keyspace, [key = "", value = "", ...words]: readonly string[]): Reply {
  const options = setOptions(words, db.now);
  const old = options.answerOld ? text(db.string(key)) : undefined;
  const exists = db.get(key) !== undefined;
  if (options.condition && exists === (options.condition === "NX")) return old ?? nil;
  db.set(key, value, options.expiresAt === "keep" ? (db.expiry(key) ?? null) : options.expiresAt);
  return old ?? ok;
}

function add(db: Keyspace, key: string, amount: bigint): Reply {
  const sum = addIntegers(parseInteger(db.string(key) ?? "0"), amount);
  db.set(key, String(sum), db.expiry(key) ?? null);
  return integer(sum);
}

export const stringCommands: Commands = {
  get: { arity: 2, keys: "first", run: (db, [key = ""]) => text(db.string(key)) },
  set: { arity: -3, keys: "first", run: set },
  incr: { arity: 2, keys: "first", run: (db, [key = ""]) => add(db, key, 1n) },
  incrby: {
    arity: 3,
    keys: "first",
    run: (db, [key = "", amount]) => add(db, key, parseInteger(amount)),
  },
};
