/** The embedded engine's memory: keys, their values, and when they expire. */

/** What a key may hold: a string, or a hash in the order in which its fields came. */
export type Value = string | Map<string, string>;

interface Entry {
  value: Value;
  /** Unix time in milliseconds at which the key is still there for the last time; null: it stays. */
  expiresAt: number | null;
}

/** A refusal in Redis's words; the engine turns it into an error reply. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

/** How many turns may pass before keys that nobody asks for any more are looked for. */
const TURNS_PER_SWEEP = 1024;

/** The keys. Expired ones are never seen: they go when touched, or with the next sweep. */
export class Keyspace {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: () => number;
  #turns = 0;
  /** Unix time in milliseconds; stands still during a turn, so a script sees one moment. */
  now: number;

  /** @param clock Unix time in whole milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.now = clock();
  }

  /** Begins a turn: one command, one script or one transaction. */
  turn(): void {
    this.now = this.#clock();
    this.#turns += 1;
    if (this.#turns % TURNS_PER_SWEEP === 0) this.#sweep();
  }

  /** What the key holds, if anything. */
  get(key: string): Value | undefined {
    return this.#live(key)?.value;
  }

  /** The key's string. @throws {RedisError} WRONGTYPE */
  string(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "string") return value;
    throw new RedisError(WRONG_TYPE);
  }

  /** The key's hash. @throws {RedisError} WRONGTYPE */
  hash(key: string): Map<string, string> | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "object") return value;
    throw new RedisError(WRONG_TYPE);
  }

  /** The key's hash, made when there is none. @throws {RedisError} WRONGTYPE */
  ownHash(key: string): Map<string, string> {
    const found = this.hash(key);
    if (found) return found;
    const made = new Map<string, string>();
    this.set(key, made, null);
    return made;
  }

  /** Puts a value in place of whatever the key held. */
  set(key: string, value: Value, expiresAt: number | null): void {
    this.#entries.set(key, { value, expiresAt });
  }

  /** Unix milliseconds at which the key expires, null for never, undefined when there is no such key. */
  expiry(key: string): number | null | undefined {
    return this.#live(key)?.expiresAt;
  }

  /** Sets when an existing key expires; null: never. A moment that is over deletes it. */
  expire(key: string, expiresAt: number | null): void {
    const entry = this.#live(key);
    if (!entry) return;
    if (expiresAt !== null && expiresAt <= this.now) this.#entries.delete(key);
    else entry.expiresAt = expiresAt;
  }

  /** Deletes the key and says whether it was there. */
  delete(key: string): boolean {
    return this.#live(key) !== undefined && this.#entries.delete(key);
  }

  /** Every key. */
  keys(): string[] {
    this.#sweep();
    return [...this.#entries.keys()];
  }

  /** Deletes every key. */
  clear(): void {
    this.#entries.clear();
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !this.#expired(entry)) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #expired(entry: Entry): boolean {
    return entry.expiresAt !== null && this.now > entry.expiresAt;
  }

  #sweep(): void {
    for (const [key, entry] of this.#entries) if (this.#expired(entry)) this.#entries.delete(key);
  }
}
