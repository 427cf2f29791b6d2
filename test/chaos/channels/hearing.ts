/** What one connection may hear of one channel's broadcasts, from its subscription on. */
import type { Flat } from "../../support/channels.ts";
import type { Frame } from "../ground/link.ts";

/**
 * `next`: the offset that comes next; up to `until`, for one that wants no more than what it has missed.
 * `after`: whether it is subscribed is not known, but nothing up to
 * that offset comes again. Else it hears nothing.
 */
type State =
  | { readonly next: number; readonly until: number }
  | { readonly after: number }
  | "silent";

/** Follows the broadcasts of one channel to one device. Methods return what is wrong. */
export class Hearing {
  readonly #broadcasts: readonly Flat[];
  #state: State = "silent";

  /** @param broadcasts all of the channel, in order */
  constructor(broadcasts: readonly Flat[]) {
    this.#broadcasts = broadcasts;
  }

  /** It starts over, or is no more. */
  end(): void {
    this.#state = "silent";
  }

  /** A request of which nobody knows whether it took effect. */
  doubt(): void {
    const state = this.#state;
    if (state === "silent") this.#state = { after: 0 };
    else if ("next" in state) this.#state = { after: state.next - 1 };
  }

  /** A subscription was acknowledged, or its end. */
  acknowledged(asked: Frame, { offset, recovered, epoch }: Frame): string[] {
    const state = this.#state;
    const latest = typeof offset === "number" ? offset : undefined;
    const listens = asked.type === "subscribe" && listensTo(asked, "broadcast");
    const since = asked["since"] as { offset: number; epoch: string } | undefined;
    const start = recovered === true ? (since?.offset ?? 0) : (latest ?? 0);
    this.#state = follow(start + 1, listens ? Infinity : (latest ?? 0));
    const wrong: string[] = [];
    if ((since !== undefined) !== (recovered !== undefined)) {
      wrong.push(`since ${since?.offset}, and recovered ${String(recovered)}`);
    }
    if (recovered === true && since?.epoch !== epoch) wrong.push("recovered from another epoch");
    // Who gave it up and has asked for that twice was out at the first time.
    const isBound = listens && state !== "silent" && "next" in state && latest !== undefined;
    if (isBound && state.next <= Math.min(latest, state.until)) {
      wrong.push(`acknowledged at ${latest}, but ${state.next} had yet to come`);
    }
    return wrong;
  }

  heard(frame: Frame): string[] {
    const state = this.#state;
    const { seq: _, ...event } = frame;
    const offset = Number(frame["offset"]);
    if (state === "silent") return [`heard ${offset} without a subscription`];
    this.#state = "next" in state ? follow(offset + 1, state.until) : { after: offset };
    const isDue = "next" in state ? offset === state.next : offset > state.after;
    const due = "next" in state ? `${state.next}` : `something after ${state.after}`;
    const real = this.#broadcasts[offset - 1];
    return [
      ...(isDue ? [] : [`heard ${offset}, when ${due} was due`]),
      ...(JSON.stringify(real) === JSON.stringify(event) ? [] : [`heard ${offset} otherwise`]),
    ];
  }

  /** What it has yet to hear when nothing is under way any more. */
  rest(): string[] {
    const state = this.#state;
    if (state === "silent" || !("next" in state)) return [];
    const last = Math.min(this.#broadcasts.length, state.until);
    return state.next === last + 1 ? [] : [`waits for ${state.next}, though ${last} is the last`];
  }
}

function follow(next: number, until: number): State {
  return next > until ? "silent" : { next, until };
}

/** Whether a request to subscribe names that kind of events. */
export function listensTo({ listen }: Frame, kind: "broadcast" | "presence"): boolean {
  return Array.isArray(listen) && listen.includes(kind);
}
