/** A Redis reached over its own protocol, by its URL. Replies pass through with their kinds intact. */
import { createClient, ErrorReply, RESP_TYPES } from "redis";
import {
  array,
  bulk,
  error,
  integer,
  nil,
  ok,
  type RedisEngine,
  type Reply,
  status,
} from "./engine.ts";
import { withKeyLocking } from "./key-locking.ts";

const CONNECT_TIMEOUT_MS = 3000;

/** With this mapping a bulk string comes as bytes, a status as text: the client keeps them apart no other way. */
const BYTES = { [RESP_TYPES.BLOB_STRING]: Buffer };

function toReply(raw: unknown): Reply {
  if (raw === null || raw === undefined) return nil;
  if (typeof raw === "string") return status(raw);
  if (typeof raw === "number" || typeof raw === "bigint") return integer(raw);
  if (raw instanceof Uint8Array) return bulk(raw);
  if (raw instanceof ErrorReply) return error(raw.message);
  if (Array.isArray(raw)) return array(raw.map(toReply));
  throw new TypeError(`Redis answered with a ${typeof raw}`);
}

/**
 * Connects to a Redis. Once connected, it reconnects by itself; commands meanwhile are rejected.
 *
 * @param url `redis://` or `rediss://`
 * @throws {Error} when nothing answers there
 */
export async function connectEngine(url: string, label: string): Promise<RedisEngine> {
  let connected = false;
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandOptions: { typeMapping: BYTES },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => (connected ? Math.min(50 * 2 ** retries, 2000) : false),
    },
  });
  // Without a listener a lost connection would end the process; the commands themselves report it.
  client.on("error", () => {});
  await client.connect();
  connected = true;

  const send = async (words: readonly string[]): Promise<Reply> => {
    try {
      return toReply(await client.sendCommand([...words]));
    } catch (thrown) {
      if (thrown instanceof ErrorReply) return error(thrown.message);
      throw thrown;
    }
  };

  return withKeyLocking({
    label,
    run: send,
    async transaction(commands) {
      // Written in one go on one connection, so no other command comes in between.
      const replies = await Promise.all([["MULTI"], ...commands, ["EXEC"]].map(send));
      return replies.at(-1) ?? ok;
    },
    async close() {
      client.destroy();
    },
  });
}
