/** What a place does with what it is told: the rules of channels and chat rooms, without waiting. */
import type { Change } from "../core/presence.ts";
import type {
  Item,
  PlaceMessage,
  PlaceMessages,
  Publication,
  Published,
} from "../features/place.ts";
import { change, publication, usersJson, type Entry, type Stored } from "./channel-entry.ts";
import type { ChannelParts } from "./channel-parts.ts";
import type { Outboxes } from "./outboxes.ts";

/** Handles messages of one place. What is to be delivered lies in the outboxes when it returns. */
export class ChannelDesk {
  readonly #parts: ChannelParts;
  readonly #outboxes: Outboxes;
  /** When the alarm for the next end of a grace is set, as far as this life of the object knows. */
  #grace: number | undefined | "unknown" = "unknown";

  constructor(parts: ChannelParts, outboxes: Outboxes) {
    this.#parts = parts;
    this.#outboxes = outboxes;
  }

  /** Handles a message of a user's object and returns the answer. */
  handle(user: string, { kind, message }: PlaceMessage): Published | null {
    this.expire();
    switch (kind) {
      case "place.listen":
        return this.#listen(user, message);
      case "place.publish":
        return this.publish(message);
      case "place.presence":
        return this.#present(user, message);
      case "place.sockets":
        return this.#sockets(user, message);
    }
  }

  /** Publishes something, or finds that it was published before. */
  publish(said: Publication): Published {
    const { entries, results } = this.#parts;
    const now = Date.now();
    const before = said.key === undefined ? undefined : results.get(said.key, now);
    const known = before ?? entries.published(said.id);
    if (known !== undefined) return { message_id: known };
    const { messageId } = this.#write(publication(this.#parts, said, now), now);
    if (said.key !== undefined) results.put(said.key, messageId, now);
    return { message_id: messageId };
  }

  /** JSON of who is present. */
  users(): string {
    this.expire();
    return usersJson(this.#parts.presence.shown());
  }

  /** Ends the presence of users whose grace is over. */
  expire(): void {
    const { presence, alarms } = this.#parts;
    const now = Date.now();
    const next = presence.next();
    if (next !== undefined && next <= now) this.#tell(presence.expire(now));
    const later = presence.next();
    if (later === this.#grace) return;
    this.#grace = later;
    if (later === undefined) alarms.clear("grace");
    else alarms.set("grace", later);
  }

  /** Deletes what nobody needs any more. */
  tidy(): void {
    const { entries, results, pump } = this.#parts;
    const now = Date.now();
    entries.prune(pump.needed, now);
    results.prune(now);
  }

  /** Nobody sits on these seats any more. */
  empty(user: string, seats: readonly string[]): void {
    this.#sockets(user, { seats, are: "gone" });
  }

  /**
   * Adds again what was written down and may not have arrived everywhere. Answers are not written down: a
   * seat that may have missed its own is closed rather than left waiting, as is one that was given up.
   */
  redeliver(): void {
    const { entries, seats } = this.#parts;
    for (const [user, waiting] of seats.unanswered()) this.#outboxes.close(user, waiting);
    for (const entry of entries.after(entries.done)) {
      for (const [user, to] of seats.listening(entry.kind)) {
        const early = seats.of(user).filter(({ from }) => from < entry.number);
        const some = to.filter((seat) => early.some((known) => known.seat === seat));
        if (some.length > 0) this.#outboxes.add(user, itemOf(entry, some));
      }
    }
  }

  #listen(user: string, message: PlaceMessages["place.listen"]["message"]): null {
    const { entries, seats, presence, name } = this.#parts;
    const { seat, listen, ask, ref, ref_type = "subscribe", since, replay = 0 } = message;
    const given = ref === undefined ? {} : { ref };
    entries.save();
    // What it has yet to get by its former wish may have to be sent again until this has its answer.
    const before = seats.of(user).find((known) => known.seat === seat);
    seats.set({ seat, user, listen, from: before?.from ?? entries.head });
    const answer: Pick<Item, "type" | "json" | "ref">[] = [];
    const missed = since && entries.since(since, Date.now());
    if (ref !== undefined || since !== undefined) {
      const { epoch, offset } = entries;
      const where = ref_type === "subscribe" ? { epoch, offset } : {};
      const recovered = since === undefined ? {} : { recovered: missed !== undefined };
      const json = JSON.stringify({ ref_type, channel: name, ...where, ...recovered });
      answer.push({ type: "ack", json, ...given });
    }
    answer.push(...(missed ?? (replay > 0 ? entries.last(replay) : [])).map(textOf));
    if (listen.presence) {
      const users = usersJson(presence.shown());
      const json = `{"channel":${JSON.stringify(name)},"users":${users}}`;
      answer.push({ type: "presence_sync", json });
    }
    // A client that resumes asks again by its reference.
    const asksAgain = message.kept && ref !== undefined;
    if (answer.length > 0 && !asksAgain) seats.ask({ seat, user });
    for (const [index, part] of answer.entries()) {
      const last = index === answer.length - 1 ? ({ last: true } as const) : {};
      const named = ask === undefined ? {} : { ask, ...last };
      this.#outboxes.add(user, { ...part, ...named, to: [seat] });
    }
    return null;
  }

  #present(user: string, message: PlaceMessages["place.presence"]["message"]): null {
    const { presence } = this.#parts;
    const { seat, type, kept, meta } = message;
    this.#tell(
      type === "presence_leave"
        ? presence.leave(user, seat)
        : presence.set(type, { user, seat, kept, meta }, Date.now()),
    );
    return null;
  }

  #sockets(user: string, { seats, are }: PlaceMessages["place.sockets"]["message"]): null {
    const { presence, seats: listeners, config } = this.#parts;
    if (are === "back") {
      this.#tell(presence.resume(user, seats));
      return null;
    }
    if (are === "gone") {
      listeners.remove(user, seats);
      listeners.answer(seats);
    }
    this.#tell(presence.lose(user, seats, Date.now() + config.PRESENCE_GRACE_SECONDS * 1_000));
    if (are === "gone") presence.forget(user, seats);
    this.expire();
    return null;
  }

  #tell(changes: readonly Change[]): void {
    const now = Date.now();
    for (const each of changes) this.#write(change(this.#parts.name, each, now), now);
  }

  #write(entry: Entry, now: number): Stored {
    const { entries, seats } = this.#parts;
    const stored = entries.append(entry, now);
    for (const [user, to] of seats.listening(stored.kind)) {
      this.#outboxes.add(user, itemOf(stored, to));
    }
    if (entries.isLong) {
      // A place that is never quiet must not keep all it has ever said.
      entries.finish(this.#outboxes.oldest);
      this.tidy();
    }
    return stored;
  }
}

const textOf = ({ type, json }: Stored) => ({ type, json });

function itemOf({ number, type, json }: Stored, to: readonly string[]): Item {
  return { number, type, json, to };
}
