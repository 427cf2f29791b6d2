/**
 * Lets a plain Redis run scripts written for Upstash. Redis refuses a script whose first line carries
 * the flag `allow-key-locking`, so the flag is taken out on the way in. That changes the script's name
 * (its SHA-1), so the name the client knows is mapped to the one Redis knows, and back.
 */
import { bulk, type RedisEngine, type Reply, type Words } from "./engine.ts";
import { KEY_LOCKING, readScript, scriptSha } from "./script-source.ts";

/** The script as a plain Redis takes it. */
export function withoutKeyLocking(source: string): string {
  const { flags, engine, body } = readScript(source);
  if (!flags?.includes(KEY_LOCKING)) return source;
  const others = flags.filter((flag) => flag !== KEY_LOCKING);
  return others.length === 0
    ? `#!${engine}${body}`
    : `#!${engine} flags=${others.join(",")}${body}`;
}

/** Wraps an engine that does not know the flag. */
export function withKeyLocking(engine: RedisEngine): RedisEngine {
  /** Sha known to the client → sha known to Redis. */
  const inner = new Map<string, string>();
  /** The other way round. */
  const outer = new Map<string, string>();

  const rewriteScript = (source: string): string => {
    const rewritten = withoutKeyLocking(source);
    if (rewritten === source) return source;
    const [theirs, ours] = [scriptSha(source, "utf8"), scriptSha(rewritten, "utf8")];
    inner.set(theirs, ours);
    outer.set(ours, theirs);
    return rewritten;
  };
  const rewriteSha = (sha: string): string => inner.get(sha.toLowerCase()) ?? sha;

  const rewrite = (words: Words): Words => {
    const [name = "", first = "", ...rest] = words;
    const command = name.toLowerCase();
    const subcommand = command === "script" ? first.toLowerCase() : "";
    if (command === "eval") return [name, rewriteScript(first), ...rest];
    if (command === "evalsha") return [name, rewriteSha(first), ...rest];
    if (subcommand === "load") return [name, first, ...rest.map(rewriteScript)];
    if (subcommand === "exists") return [name, first, ...rest.map(rewriteSha)];
    return words;
  };

  /** Gives the name that SCRIPT LOAD answers, and the one in an error text, back their outer form. */
  const restore = (words: Words, reply: Reply): Reply => {
    const [command, subcommand] = words.map((word) => word.toLowerCase());
    if (command === "script" && subcommand === "load" && reply.type === "bulk") {
      const sha = Buffer.from(reply.bytes).toString();
      return bulk(Buffer.from(outer.get(sha) ?? sha));
    }
    if (reply.type !== "error") return reply;
    return {
      type: "error",
      text: reply.text.replace(/\b[0-9a-f]{40}\b/g, (sha) => outer.get(sha) ?? sha),
    };
  };

  return {
    label: engine.label,
    async run(words) {
      return restore(words, await engine.run(rewrite(words)));
    },
    async transaction(commands) {
      const reply = await engine.transaction(commands.map(rewrite));
      if (reply.type !== "array") return reply;
      return {
        type: "array",
        items: reply.items.map((item, index) => restore(commands[index] ?? [], item)),
      };
    },
    close: () => engine.close(),
  };
}
