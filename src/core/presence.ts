/**
 * Who is present on a channel. Presence belongs to connections (here: seats) and is shown per user: a
 * user is present while one of the seats is, and what is shown is what was set last among them.
 */

/** One seat's presence, as it is stored. */
export interface Stay {
  readonly user: string;
  readonly seat: string;
  /** JSON of an object that is not empty. */
  readonly meta?: string | undefined;
  /** When it was set, in seconds since the epoch. */
  readonly at: number;
  /** Higher for what was set later. */
  readonly rank: number;
  /** `lost`: its socket is gone, but its user still counts. `gone`: it counts no more, but may return. */
  readonly state: "here" | "lost" | "gone";
  /** Its client may resume, so that what it had set is kept. */
  readonly kept: boolean;
  /** When a lost seat stops to count, in milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** A change that others are told of. */
export interface Change {
  readonly type: "presence_join" | "presence_update" | "presence_leave";
  readonly user: string;
  readonly meta?: string | undefined;
  readonly at?: number;
}

/** Where stays are written down. */
export interface StayRows {
  put(stay: Stay): void;
  delete(seat: string): void;
}

/** The presence of one channel. Every method returns what others have to be told, in order. */
export class Presence {
  readonly #rows: StayRows;
  readonly #stays = new Map<string, Map<string, Stay>>();
  #rank = 0;
  /** When the next lost seat stops to count; made anew after a change. */
  #next: { readonly at: number | undefined } | undefined;

  constructor(rows: StayRows, stays: Iterable<Stay>) {
    this.#rows = rows;
    for (const stay of stays) {
      this.#of(stay.user).set(stay.seat, stay);
      this.#rank = Math.max(this.#rank, stay.rank);
    }
  }

  /** The stay that is shown for each present user. */
  shown(): Stay[] {
    return [...this.#stays.keys()].flatMap((user) => this.#shown(user) ?? []);
  }

  /** Sets a seat's presence. A repeated join is told again. `now` in milliseconds. */
  set(
    type: "presence_join" | "presence_update",
    seat: Pick<Stay, "user" | "seat" | "kept" | "meta">,
    now: number,
  ): Change[] {
    this.#rank += 1;
    const at = Math.floor(now / 1_000);
    this.#put({ ...seat, at, rank: this.#rank, state: "here" });
    this.#dropLost(seat.user);
    return [{ type, user: seat.user, meta: seat.meta, at }];
  }

  /** Ends a seat's presence by its own wish. */
  leave(user: string, seat: string): Change[] {
    return this.#telling(user, () => {
      this.#delete(user, seat);
    });
  }

  /** Seats of a user have lost their socket. `kept`: seats whose clients may resume. */
  lose(user: string, seats: readonly string[], until: number): Change[] {
    return this.#telling(user, () => {
      const stays = this.#seats(user);
      const lost = stays.filter(({ seat, state }) => state === "here" && seats.includes(seat));
      for (const stay of lost) this.#put({ ...stay, state: "lost", until });
      this.#dropLost(user);
    });
  }

  /** Seats of a user are back by resuming: what they had set holds again. */
  resume(user: string, seats: readonly string[]): Change[] {
    return this.#telling(user, () => {
      for (const stay of this.#seats(user)) {
        if (!seats.includes(stay.seat) || stay.state === "here") continue;
        this.#put({ ...stay, state: "here", until: undefined });
      }
      this.#dropLost(user);
    });
  }

  /** Seats of a user will not return. While they still count, that goes on to its end. */
  forget(user: string, seats: readonly string[]): void {
    for (const stay of this.#seats(user)) {
      if (!seats.includes(stay.seat)) continue;
      if (stay.state === "gone") this.#delete(user, stay.seat);
      else this.#put({ ...stay, kept: false });
    }
  }

  /** Ends the presence of lost seats whose time is over. `now` in milliseconds. */
  expire(now: number): Change[] {
    return [...this.#stays.keys()].flatMap((user) =>
      this.#telling(user, () => {
        for (const stay of this.#seats(user)) {
          if (stay.state === "lost" && (stay.until ?? 0) <= now) this.#end(stay);
        }
      }),
    );
  }

  /** When the next lost seat stops to count, in milliseconds since the epoch. */
  next(): number | undefined {
    this.#next ??= { at: this.#nextOf() };
    return this.#next.at;
  }

  #nextOf(): number | undefined {
    const times = [...this.#stays.values()]
      .flatMap((stays) => [...stays.values()])
      .flatMap(({ state, until }) => (state === "lost" ? [until ?? 0] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Does something and tells what has changed in what is shown of a user. */
  #telling(user: string, work: () => void): Change[] {
    const before = this.#shown(user);
    work();
    const after = this.#shown(user);
    if (before === undefined && after === undefined) return [];
    if (after === undefined) return [{ type: "presence_leave", user }];
    const { meta, at } = after;
    if (before === undefined) return [{ type: "presence_join", user, meta, at }];
    return before.meta === meta ? [] : [{ type: "presence_update", user, meta, at }];
  }

  /** Lost seats count only as long as no other seat of the user is present. */
  #dropLost(user: string): void {
    const stays = this.#seats(user);
    if (!stays.some(({ state }) => state === "here")) return;
    for (const stay of stays) if (stay.state === "lost") this.#end(stay);
  }

  #end(stay: Stay): void {
    if (stay.kept) this.#put({ ...stay, state: "gone", until: undefined });
    else this.#delete(stay.user, stay.seat);
  }

  #shown(user: string): Stay | undefined {
    const counting = this.#seats(user).filter(({ state }) => state !== "gone");
    return counting.reduce<Stay | undefined>(
      (last, stay) => (last === undefined || stay.rank > last.rank ? stay : last),
      undefined,
    );
  }

  #put(stay: Stay): void {
    this.#next = undefined;
    this.#of(stay.user).set(stay.seat, stay);
    this.#rows.put(stay);
  }

  #delete(user: string, seat: string): void {
    const stays = this.#stays.get(user);
    if (!stays?.delete(seat)) return;
    this.#next = undefined;
    this.#rows.delete(seat);
    if (stays.size === 0) this.#stays.delete(user);
  }

  #seats(user: string): Stay[] {
    return [...(this.#stays.get(user)?.values() ?? [])];
  }

  #of(user: string): Map<string, Stay> {
    const known = this.#stays.get(user) ?? new Map<string, Stay>();
    this.#stays.set(user, known);
    return known;
  }
}
