/** An object's storage, with a memory of what has been read. */
import type { Storage } from "../core/ports.ts";

/**
 * Reads through a memory, writes through it. To read and decode a row costs more than all else that is
 * done for a relayed message, and the live call is read three times on its way.
 *
 * Only what exists and has been asked for by its key is remembered; what waits is only ever listed. The
 * memory cannot differ from the rows: an object whose writes fail is reset, memory and all. Values are
 * shared with their readers, who must not change them.
 */
export function keptIn(rows: DurableObjectStorage["kv"]): Storage {
  const known = new Map<string, unknown>();
  return {
    get: <T>(key: string) => {
      const value = known.get(key) ?? rows.get<T>(key);
      if (value !== undefined) known.set(key, value);
      return value as T | undefined;
    },
    put: (key, value) => {
      rows.put(key, value);
      if (known.has(key)) known.set(key, value);
    },
    delete: (key) => {
      rows.delete(key);
      known.delete(key);
    },
    list: <T>(prefix: string) => [...rows.list<T>({ prefix })],
  };
}
