/**
 * A place's log: what was published, and who came and went, in one order. It is the history that
 * subscribers recover from, and what is sent again when the object was reset before all had it.
 */
import { storedOf, type Entry, type Row, type Stored } from "./channel-entry.ts";

/** What is kept of what has been delivered. */
export interface Keep {
  /** Most broadcasts. */
  readonly size: number;
  /** How long, in milliseconds. */
  readonly ms: number;
}

/** As long as numbers go. */
export const FOREVER = Number.MAX_SAFE_INTEGER;
/** Most history in one answer, in UTF-16 code units. */
const MOST_SHOWN = 7_000_000;
/** Rows that may pile up before they are looked through. */
const SLACK = 64;

/** The log of one place. */
export class ChannelLog {
  readonly #sql: SqlStorage;
  readonly #kv: SyncKvStorage;
  readonly #keep: Keep;
  /** Publications by their id, as far back as the log goes. */
  readonly #known = new Map<string, number>();
  readonly epoch: string;
  #isSaved: boolean;
  #head = 0;
  #offset = 0;
  #messageId = 0;
  #done: number;
  #fresh = 0;
  #rows = 0;

  constructor(storage: DurableObjectStorage, keep: Keep) {
    this.#sql = storage.sql;
    this.#kv = storage.kv;
    this.#keep = keep;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS log (
      number INTEGER PRIMARY KEY, kind TEXT NOT NULL, place INTEGER, message_id INTEGER, id TEXT,
      at INTEGER NOT NULL, type TEXT NOT NULL, json TEXT NOT NULL)`);
    const epoch = this.#kv.get<string>("epoch");
    this.#isSaved = epoch !== undefined;
    this.epoch = epoch ?? crypto.randomUUID();
    this.#done = this.#kv.get<number>("done") ?? 0;
    const rows = this.#sql.exec<Pick<Row, "number" | "place" | "message_id" | "id">>(
      "SELECT number, place, message_id, id FROM log ORDER BY number",
    );
    for (const { number, place, message_id, id } of rows) {
      this.#head = number;
      this.#rows += 1;
      this.#offset = place ?? this.#offset;
      this.#messageId = message_id ?? this.#messageId;
      if (id !== null && message_id !== null) this.#known.set(id, message_id);
    }
  }

  /** Number of the latest entry. */
  get head(): number {
    return this.#head;
  }

  /** Offset of the latest broadcast. */
  get offset(): number {
    return this.#offset;
  }

  /** Number of the latest entry that every subscriber has got. */
  get done(): number {
    return this.#done;
  }

  /** The result of a publication that is in the log already. */
  published(id: string): number | undefined {
    return this.#known.get(id);
  }

  /** Writes an entry down and gives it its number; a broadcast also gets its offset and its id. */
  append(entry: Entry, now: number): Stored {
    this.save();
    this.#head += 1;
    const isBroadcast = entry.kind === "broadcast";
    if (isBroadcast) {
      this.#offset += 1;
      this.#messageId = Math.max(this.#messageId + 1, now * 1_000);
      this.#known.set(entry.id, this.#messageId);
    }
    const position = { epoch: this.epoch, offset: this.#offset, message_id: this.#messageId };
    const stored = {
      number: this.#head,
      kind: entry.kind,
      type: entry.type,
      json: entry.spell(position),
      messageId: this.#messageId,
    };
    this.#sql.exec(
      "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      stored.number,
      stored.kind,
      isBroadcast ? this.#offset : null,
      isBroadcast ? this.#messageId : null,
      isBroadcast ? entry.id : null,
      now,
      stored.type,
      stored.json,
    );
    this.#fresh += 1;
    this.#rows += 1;
    return stored;
  }

  /** Makes the epoch last, once somebody has been told of it. */
  save(): void {
    if (this.#isSaved) return;
    this.#isSaved = true;
    this.#kv.put("epoch", this.epoch);
  }

  /** Entries after a number, in order. */
  after(number: number, limit = 10_000): Stored[] {
    return this.#read("number > ? ORDER BY number LIMIT ?", number, limit);
  }

  /**
   * Broadcasts after an offset that are still shown, in order. Of very much only the latest are: they
   * have to pass through one call.
   */
  history(offset: number, now: number): Stored[] {
    const rows = this.#sql.exec<Row>(
      `SELECT * FROM log WHERE kind = 'broadcast' AND place > ? AND place > ? AND at >= ?
         ORDER BY number DESC`,
      offset,
      this.#offset - this.#keep.size,
      now - this.#keep.ms,
    );
    const shown: Stored[] = [];
    let length = 0;
    for (const row of rows) {
      length += row.json.length;
      if (length > MOST_SHOWN) break;
      shown.push(storedOf(row));
    }
    return shown.toReversed();
  }

  /** What came after a position; nothing when some of it is gone. */
  since(position: { epoch: string; offset: number }, now: number): Stored[] | undefined {
    if (position.epoch !== this.epoch || position.offset > this.#offset) return undefined;
    const missed = this.history(position.offset, now);
    return missed.length === this.#offset - position.offset ? missed : undefined;
  }

  /** The last broadcasts, however old, in order. */
  last(count: number): Stored[] {
    return this.#read("kind = 'broadcast' AND place > ? ORDER BY number", this.#offset - count);
  }

  /** Every subscriber has got everything, or all that is older than `oldest`. */
  finish(oldest = this.#head + 1): void {
    if (this.#done === oldest - 1) return;
    this.#done = oldest - 1;
    this.#kv.put("done", this.#done);
  }

  /** Whether looking through the rows is worth it. */
  get isLong(): boolean {
    return this.#fresh > SLACK;
  }

  /**
   * Deletes what nobody needs any more. The latest entries stay: they say where the numbers stand.
   *
   * @param needed entries from this number on are still needed by somebody
   */
  prune(needed: number, now: number): void {
    this.#fresh = 0;
    const gone = this.#sql.exec<{ id: string | null }>(
      `DELETE FROM log WHERE number < ? AND number < ?
         AND (kind <> 'broadcast' OR place <= ? OR (at < ? AND place < ?)) RETURNING id`,
      Math.min(needed, this.#done + 1),
      this.#head,
      Math.min(this.#offset - this.#keep.size, this.#offset - 1),
      now - this.#keep.ms,
      this.#offset,
    );
    for (const { id } of gone) {
      this.#rows -= 1;
      if (id !== null) this.#known.delete(id);
    }
  }

  /** Whether time alone will let something be deleted. */
  get ages(): boolean {
    return this.#keep.ms < FOREVER && this.#rows > 2;
  }

  #read(where: string, ...values: number[]): Stored[] {
    return Array.from(this.#sql.exec<Row>(`SELECT * FROM log WHERE ${where}`, ...values), storedOf);
  }
}
