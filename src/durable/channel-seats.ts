/** Who listens at a place, who is present, and which publications are known by a key. */
import type { Stay, StayRows } from "../core/presence.ts";
import type { Listen } from "../features/place.ts";

/** One listening seat. */
export interface Seat {
  readonly seat: string;
  readonly user: string;
  readonly listen: Listen;
  /** Number of the latest entry when it sat down: it gets later ones only. */
  readonly from: number;
}

/** How long a result is kept under its key, in milliseconds. */
const KEY_MS = 600_000;

type SeatRow = Record<"seat" | "user", string> & Record<"broadcast" | "presence" | "since", number>;

/** The listening seats of a place, in memory and in rows. */
export class ChannelSeats {
  readonly #sql: SqlStorage;
  readonly #users = new Map<string, Map<string, Seat>>();
  /** Seats by user for each kind of entry; made anew when somebody sits down or leaves. */
  #lists = new Map<keyof Listen, ReadonlyMap<string, readonly string[]>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS seats (seat TEXT PRIMARY KEY, user TEXT NOT NULL,
      broadcast INTEGER NOT NULL, presence INTEGER NOT NULL, since INTEGER NOT NULL)`);
    sql.exec("CREATE TABLE IF NOT EXISTS unanswered (seat TEXT PRIMARY KEY, user TEXT NOT NULL)");
    for (const row of sql.exec<SeatRow>("SELECT * FROM seats")) {
      const { seat, user, broadcast, presence, since } = row;
      const listen = { broadcast: broadcast === 1, presence: presence === 1 };
      this.#remember({ seat, user, listen, from: since });
    }
  }

  /** Sets what a seat hears; a seat that hears nothing is given up. */
  set(seat: Seat): void {
    const { broadcast, presence } = seat.listen;
    if (!broadcast && !presence) {
      this.remove(seat.user, [seat.seat]);
      return;
    }
    this.#remember(seat);
    this.#lists.clear();
    this.#sql.exec(
      "INSERT OR REPLACE INTO seats VALUES (?, ?, ?, ?, ?)",
      seat.seat,
      seat.user,
      Number(broadcast),
      Number(presence),
      seat.from,
    );
  }

  /** A seat is owed something that is in memory only: after a reset it has to start over. */
  ask({ seat, user }: Pick<Seat, "seat" | "user">): void {
    this.#sql.exec("INSERT OR REPLACE INTO unanswered VALUES (?, ?)", seat, user);
  }

  /** Seats have what they were owed, or are no more. */
  answer(seats: readonly string[]): void {
    for (const seat of seats) this.#sql.exec("DELETE FROM unanswered WHERE seat = ?", seat);
  }

  /** Seats of a user have all up to an entry. */
  advance(user: string, seats: readonly string[], to: number): void {
    for (const known of this.of(user)) {
      if (seats.includes(known.seat) && known.from < to) this.set({ ...known, from: to });
    }
  }

  /** Seats that are owed something, by user. */
  unanswered(): ReadonlyMap<string, readonly string[]> {
    const rows = this.#sql.exec<Pick<SeatRow, "seat" | "user">>("SELECT * FROM unanswered");
    const byUser = Map.groupBy(rows, ({ user }) => user);
    return new Map([...byUser].map(([user, some]) => [user, some.map(({ seat }) => seat)]));
  }

  remove(user: string, seats: readonly string[]): void {
    const own = this.#users.get(user);
    if (!own) return;
    for (const seat of seats) {
      if (own.delete(seat)) this.#sql.exec("DELETE FROM seats WHERE seat = ?", seat);
    }
    if (own.size === 0) this.#users.delete(user);
    this.#lists.clear();
  }

  /** All seats of a user. */
  of(user: string): Seat[] {
    return [...(this.#users.get(user)?.values() ?? [])];
  }

  /** Everybody who listens to a kind of entry: seats by user. */
  listening(kind: keyof Listen): ReadonlyMap<string, readonly string[]> {
    const known = this.#lists.get(kind);
    if (known) return known;
    const list = new Map<string, readonly string[]>();
    for (const [user, seats] of this.#users) {
      const hearing = [...seats.values()].filter(({ listen }) => listen[kind]);
      if (hearing.length > 0)
        list.set(
          user,
          hearing.map(({ seat }) => seat),
        );
    }
    this.#lists.set(kind, list);
    return list;
  }

  #remember(seat: Seat): void {
    const own = this.#users.get(seat.user) ?? new Map<string, Seat>();
    this.#users.set(seat.user, own);
    own.set(seat.seat, seat);
  }
}

type StayRow = Record<"seat" | "user" | "state", string> &
  Record<"at" | "rank" | "kept", number> & { meta: string | null; until: number | null };

/** The rows of presence. */
export function stayRows(sql: SqlStorage): StayRows & { all(): Stay[] } {
  sql.exec(`CREATE TABLE IF NOT EXISTS stays (seat TEXT PRIMARY KEY, user TEXT NOT NULL, meta TEXT,
    at INTEGER NOT NULL, rank INTEGER NOT NULL, state TEXT NOT NULL, kept INTEGER NOT NULL,
    until INTEGER)`);
  return {
    put({ seat, user, meta = null, at, rank, state, kept, until = null }) {
      sql.exec(
        "INSERT OR REPLACE INTO stays VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ...[seat, user, meta, at, rank, state, Number(kept), until],
      );
    },
    delete(seat) {
      sql.exec("DELETE FROM stays WHERE seat = ?", seat);
    },
    all: () =>
      Array.from(sql.exec<StayRow>("SELECT * FROM stays"), (row) => ({
        ...row,
        state: row.state as Stay["state"],
        meta: row.meta ?? undefined,
        kept: row.kept === 1,
        until: row.until ?? undefined,
      })),
  };
}

/** Results of publications by key, for those that may come again much later. */
export function keptResults(sql: SqlStorage) {
  sql.exec(`CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, message_id INTEGER NOT NULL,
    at INTEGER NOT NULL)`);
  const isKept = () => sql.exec("SELECT 1 FROM results LIMIT 1").toArray().length > 0;
  let any = isKept();
  return {
    get(key: string, now: number): number | undefined {
      const rows = sql.exec<{ message_id: number }>(
        "SELECT message_id FROM results WHERE key = ? AND at > ?",
        key,
        now - KEY_MS,
      );
      return rows.toArray()[0]?.message_id;
    },
    put(key: string, messageId: number, now: number): void {
      any = true;
      sql.exec("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", key, messageId, now);
    },
    /** Forgets those whose time is over. */
    prune(now: number): void {
      sql.exec("DELETE FROM results WHERE at <= ?", now - KEY_MS);
      any = isKept();
    },
    /** Whether time alone will let something be forgotten. */
    age: () => any,
  };
}
