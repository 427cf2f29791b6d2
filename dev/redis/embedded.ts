/**
 * A Redis inside this process, for machines without one: the commands that the project's scripts and
 * clients use, and no others. Everything happens in one turn of the event loop, so a script or a
 * transaction is atomic by construction. Nothing survives the process.
 */
import { toBytes } from "./bytes.ts";
import { array, error, type RedisEngine, type Reply, type Words } from "./engine.ts";
import { type Call, lookUp, perform, plainCommands, refusable } from "./dispatch.ts";
import { Keyspace, RedisError } from "./keyspace.ts";
import { scriptCommands } from "./script-commands.ts";

export interface EmbeddedOptions {
  /** Unix time in whole milliseconds. Default: the system's clock. */
  readonly now?: () => number;
}

/** Starts an embedded engine with no keys. */
export function createEmbeddedEngine({ now = Date.now }: EmbeddedOptions = {}): RedisEngine {
  const db = new Keyspace(now);
  const commands = { ...plainCommands, ...scriptCommands(db) };
  const find = (words: Words) => lookUp(commands, words.map(toBytes));

  const run = (words: Words): Reply => {
    db.turn();
    return refusable(() => perform(db, find(words)));
  };

  const transaction = (queue: readonly Words[]): Reply => {
    db.turn();
    let calls: Call[];
    try {
      calls = queue.map(find);
    } catch (thrown) {
      if (!(thrown instanceof RedisError)) throw thrown;
      return error("EXECABORT Transaction discarded because of previous errors.");
    }
    return array(calls.map((call) => perform(db, call)));
  };

  return {
    label: "embedded",
    // Not deferred: a command has run when run() returns, in the order of the calls.
    run: async (words) => run(words),
    transaction: async (queue) => transaction(queue),
    close: async () => {},
  };
}
