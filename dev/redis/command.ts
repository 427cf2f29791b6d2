/** How the embedded engine describes a command, and the argument rules all commands share. */
import { bulk, nil, type Reply } from "./engine.ts";
import { type Keyspace, RedisError } from "./keyspace.ts";

/** One command. Arguments are byte strings and leave out the command's name. */
export interface Command {
  /** Number of words, the name included; negative: at least so many (as in Redis's COMMAND INFO). */
  readonly arity: number;
  /** Which arguments are keys. */
  readonly keys: "none" | "first" | "all";
  /** Runs it. @throws {RedisError} a refusal in Redis's words */
  run(db: Keyspace, args: readonly string[], name: string): Reply;
}

/** Commands by lower-case name. */
export type Commands = Readonly<Record<string, Command>>;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const SYNTAX = "ERR syntax error";

/** How many bytes of a stranger's words Redis quotes in a refusal. */
export const QUOTED_BYTES = 128;

/** The words as Redis quotes them: up to the first NUL. */
export const quoted = (bytes: string, room: number = QUOTED_BYTES): string =>
  bytes.replace(/\0.*/s, "").slice(0, room);

/** The refusal of a command that got too few or too many words. */
export const wrongArity = (name: string): RedisError =>
  new RedisError(`ERR wrong number of arguments for '${name}' command`);

/** Reads a 64-bit integer in Redis's strict form. @throws {RedisError} with the given text */
export function parseInteger(text: string | undefined, refusal: string = NOT_AN_INTEGER): bigint {
  if (text === undefined || !/^(0|-?[1-9][0-9]{0,18})$/.test(text)) throw new RedisError(refusal);
  const value = BigInt(text);
  if (value > INT64_MAX || value < INT64_MIN) throw new RedisError(refusal);
  return value;
}

/** Adds two 64-bit integers. @throws {RedisError} when the sum is none */
export function addIntegers(a: bigint, b: bigint): bigint {
  const sum = a + b;
  if (sum > INT64_MAX || sum < INT64_MIN) {
    throw new RedisError("ERR increment or decrement would overflow");
  }
  return sum;
}

/**
 * The moment an expiry argument names, in Unix milliseconds.
 *
 * @param unit Milliseconds that one unit of the amount has: 1000 or 1.
 * @param base What the amount counts from: the present, or 0 for a Unix time.
 * @throws {RedisError} when the moment does not fit 64 bits
 */
export function expiryMoment(amount: bigint, unit: bigint, base: number, name: string): number {
  const moment = amount * unit;
  if (moment > INT64_MAX - BigInt(base) || moment < INT64_MIN) {
    throw new RedisError(`ERR invalid expire time in '${name}' command`);
  }
  return Number(moment) + base;
}

/** A byte string as a bulk reply; undefined as nil. */
export const text = (bytes: string | undefined): Reply =>
  bytes === undefined ? nil : bulk(Buffer.from(bytes, "latin1"));
