/** The embedded engine's list of commands, and how one of them is looked up and run. */
import { toText } from "./bytes.ts";
import { type Command, type Commands, QUOTED_BYTES, quoted, wrongArity } from "./command.ts";
import { error, type Reply } from "./engine.ts";
import { hashCommands } from "./hash-commands.ts";
import { keyCommands } from "./key-commands.ts";
import { type Keyspace, RedisError } from "./keyspace.ts";
import { serverCommands } from "./server-commands.ts";
import { stringCommands } from "./string-commands.ts";

/** The commands that a script may call, too. */
export const plainCommands: Commands = {
  ...serverCommands,
  ...keyCommands,
  ...stringCommands,
  ...hashCommands,
};

/** A command with its name, ready to run. */
export interface Call {
  readonly name: string;
  readonly command: Command;
  readonly args: readonly string[];
}

/** Whether a command of that arity may have so many words. */
const fits = (arity: number, words: number): boolean =>
  arity < 0 ? words >= -arity : words === arity;

function unknownCommand(word: string, args: readonly string[]): RedisError {
  let beginning = "";
  for (const arg of args) {
    if (beginning.length >= QUOTED_BYTES) break;
    beginning += `'${quoted(arg, QUOTED_BYTES - beginning.length)}' `;
  }
  return new RedisError(
    toText(`ERR unknown command '${quoted(word)}', with args beginning with: ${beginning}`),
  );
}

/** Finds the command that the words (byte strings) name. @throws {RedisError} unknown command, wrong arity */
export function lookUp(commands: Commands, words: readonly string[]): Call {
  const [word = "", ...args] = words;
  const name = word.toLowerCase();
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw unknownCommand(word, args);
  if (!fits(command.arity, words.length)) throw wrongArity(name);
  return { name, command, args };
}

/** The keys that a call names. */
export function keysOf({ command, args }: Call): readonly string[] {
  if (command.keys === "none") return [];
  return command.keys === "first" ? args.slice(0, 1) : args;
}

/** Runs what the callback does and turns a refusal into an error reply. */
export function refusable(run: () => Reply): Reply {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof RedisError) return error(thrown.message);
    throw thrown;
  }
}

/** Runs a call. Refusals are error replies. */
export const perform = (db: Keyspace, { command, args, name }: Call): Reply =>
  refusable(() => command.run(db, args, name));
