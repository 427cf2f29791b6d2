/** EVAL, EVALSHA and SCRIPT of the embedded engine. */
import { toText } from "./bytes.ts";
import { type Commands, parseInteger, quoted, text, wrongArity } from "./command.ts";
import { keysOf, lookUp, perform, plainCommands, refusable } from "./dispatch.ts";
import { array, error, integer, ok, type Reply } from "./engine.ts";
import { type Keyspace, RedisError } from "./keyspace.ts";
import { createLuaVm, type LuaVm } from "./lua-vm.ts";
import { KEY_LOCKING, readScript, scriptSha } from "./script-source.ts";

/** Redis words its refusals differently when a script hears them. */
const IN_SCRIPT: readonly [RegExp, string][] = [
  [/^ERR unknown command/, "ERR Unknown Redis command called from script"],
  [/^ERR wrong number of arguments/, "ERR Wrong number of args calling Redis command from script"],
];
const forScript = (reply: Reply): Reply => {
  if (reply.type !== "error") return reply;
  return error(IN_SCRIPT.find(([pattern]) => pattern.test(reply.text))?.[1] ?? reply.text);
};

const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
const SHA_LENGTH = 40;

/** Byte strings of a request from the sandbox. */
const words = (items: readonly Reply[]): string[] =>
  items.map((item) => (item.type === "bulk" ? Buffer.from(item.bytes).toString("latin1") : ""));

/** The commands that load and run scripts on this keyspace. */
export function scriptCommands(db: Keyspace): Commands {
  /** Loaded scripts by sha, and whether each promised to touch none but its declared keys. */
  const loaded = new Map<string, { keyLocking: boolean }>();
  let vm: LuaVm | undefined;

  const load = (source: string): string => {
    const sha = scriptSha(source, "latin1");
    if (loaded.has(sha)) return sha;
    const { engine, flags = [], body } = readScript(source);
    if (engine !== "lua")
      throw new RedisError(`ERR Unexpected engine in script shebang: #!${toText(engine)}`);
    const unknown = flags.find((flag) => flag !== KEY_LOCKING);
    if (unknown) throw new RedisError(`ERR Unexpected flag in script shebang: ${toText(unknown)}`);
    vm ??= createLuaVm();
    const answer = vm.job([text("load"), text(sha), text(body)], () =>
      error("ERR no script is running"),
    );
    if (answer.type === "error") throw new RedisError(answer.text);
    loaded.set(sha, { keyLocking: flags.includes(KEY_LOCKING) });
    return sha;
  };

  /** redis.call from a script. With key locking, Upstash serves only keys that stand in KEYS. */
  const call = (request: string[], declared: ReadonlySet<string> | undefined): Reply =>
    refusable(() => {
      if (["eval", "evalsha", "script"].includes(request[0]?.toLowerCase() ?? "")) {
        return error("ERR This Redis command is not allowed from script");
      }
      const found = lookUp(plainCommands, request);
      const stray = declared && keysOf(found).find((key) => !declared.has(key));
      if (stray !== undefined) {
        return error(
          `ERR Dynamic keys are not allowed with ${KEY_LOCKING}: '${toText(stray)}' is not in KEYS`,
        );
      }
      return perform(db, found);
    });

  const run = (find: () => string, [count, ...rest]: readonly string[]): Reply => {
    const keyCount = Number(parseInteger(count));
    if (keyCount > rest.length)
      throw new RedisError("ERR Number of keys can't be greater than number of args");
    if (keyCount < 0) throw new RedisError("ERR Number of keys can't be negative");
    const sha = find();
    const script = loaded.get(sha);
    if (!script || !vm) throw new RedisError(NO_SCRIPT);
    const keys = rest.slice(0, keyCount);
    const declared = script.keyLocking ? new Set(keys) : undefined;
    const lists = [keys, rest.slice(keyCount)].map((list) => array(list.map(text)));
    try {
      return vm.job([text("run"), text(sha), ...lists], (request) => {
        const [what = "", ...args] = words(request);
        return what === "sha1hex"
          ? text(scriptSha(args[0] ?? "", "latin1"))
          : forScript(call(args, declared));
      });
    } catch (failure) {
      // The Lua state may be in pieces: forget it, so that the next EVAL begins with a new one.
      flush();
      return error(`ERR ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  };

  const flush = (): void => {
    loaded.clear();
    vm = undefined;
  };

  const subcommands: Readonly<Record<string, (args: readonly string[]) => Reply | undefined>> = {
    load: (args) => (args.length === 1 ? text(load(args[0] ?? "")) : undefined),
    exists: (args) =>
      args.length > 0
        ? array(args.map((sha) => integer(loaded.has(sha.toLowerCase()) ? 1 : 0)))
        : undefined,
    flush(args) {
      if (args.length > 1 || !/^(a?sync)$/i.test(args[0] ?? "sync")) {
        throw new RedisError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
      }
      flush();
      return ok;
    },
  };

  return {
    eval: {
      arity: -3,
      keys: "none",
      run: (_db, [source = "", ...rest]) => run(() => load(source), rest),
    },
    evalsha: {
      arity: -3,
      keys: "none",
      run(_db, [sha = "", ...rest]) {
        if (sha.length !== SHA_LENGTH) throw new RedisError(NO_SCRIPT);
        return run(() => sha.toLowerCase(), rest);
      },
    },
    script: {
      arity: -2,
      keys: "none",
      run(_db, [subcommand = "", ...args]) {
        const name = subcommand.toLowerCase();
        const found = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
        if (!found)
          throw new RedisError(
            `ERR unknown subcommand '${toText(quoted(subcommand))}'. Try SCRIPT HELP.`,
          );
        const reply = found(args);
        if (!reply) throw wrongArity(`script|${name}`);
        return reply;
      },
    },
  };
}
