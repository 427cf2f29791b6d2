/** What one connection may be told of who is present on one channel. */
import type { Flat } from "../../support/channels.ts";
import type { Frame } from "../ground/link.ts";
import { listensTo } from "./hearing.ts";

/** Every change of a channel's presence, and who was present after each. */
export class Attendance {
  readonly changes: readonly Flat[];
  /** Who was present before any change, after the first, and so on. */
  readonly after: readonly string[];

  constructor(changes: readonly Flat[]) {
    this.changes = changes;
    const present = new Map<string, string>();
    const after = [listOf(present)];
    for (const { type, user_id, meta } of changes) {
      if (type === "presence_leave") present.delete(String(user_id));
      else present.set(String(user_id), JSON.stringify(meta ?? null));
      after.push(listOf(present));
    }
    this.after = after;
  }
}

/** Users as a sync, or the HTTP interface, lists them, in a form to compare. */
export function listed(users: unknown): string {
  const list = users as readonly { readonly user_id: string; readonly meta: unknown }[];
  return listOf(new Map(list.map(({ user_id, meta }) => [user_id, JSON.stringify(meta)])));
}

function listOf(present: ReadonlyMap<string, string>): string {
  return [...present]
    .map(([user, meta]) => `${user} ${meta}`)
    .toSorted()
    .join("\n");
}

/**
 * Where it may stand: after so many changes. `due`: a sync comes first. `unknown`: nobody knows whether
 * it is subscribed.
 */
type State = ReadonlySet<number> | "silent" | "due" | "unknown";

/** Follows the presence of one channel as one device is told of it. Methods return what is wrong. */
export class Watching {
  readonly #attendance: Attendance;
  #state: State = "silent";

  constructor(attendance: Attendance) {
    this.#attendance = attendance;
  }

  end(): void {
    this.#state = "silent";
  }

  doubt(): void {
    this.#state = "unknown";
  }

  acknowledged(asked: Frame): void {
    const listens = asked.type === "subscribe" && listensTo(asked, "presence");
    this.#state = listens ? "due" : "silent";
  }

  synced({ users }: Frame): string[] {
    const isAsked = this.#state === "due" || this.#state === "unknown";
    const { after } = this.#attendance;
    const places = after.flatMap((list, index) => (list === listed(users) ? [index] : []));
    this.#state = new Set(places);
    return [
      ...(isAsked ? [] : ["was synced unasked"]),
      ...(places.length > 0 ? [] : ["was synced to what never was"]),
    ];
  }

  heard(frame: Frame): string[] {
    const state = this.#state;
    if (state === "unknown") return [];
    if (state === "silent" || state === "due") return [`heard a change while ${state}`];
    const { seq: _, ...event } = frame;
    const { changes } = this.#attendance;
    const next = [...state].filter((at) => same(changes[at], event)).map((at) => at + 1);
    this.#state = next.length > 0 ? new Set(next) : "unknown";
    return next.length > 0 ? [] : ["heard a change that was not the next"];
  }

  /** What it has not been told when nothing is under way any more. */
  rest(): string[] {
    const state = this.#state;
    if (state === "silent" || state === "unknown") return [];
    if (state === "due") return ["waits for its sync"];
    const last = this.#attendance.changes.length;
    return state.has(last) ? [] : [`stands at ${[...state].join(" ")} of ${last} changes`];
  }
}

const same = (a: Flat | undefined, b: object) => JSON.stringify(a) === JSON.stringify(b);
