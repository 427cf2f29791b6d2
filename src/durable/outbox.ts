/**
 * What a room has to tell its peers. Notices are written down before they go and are told again until
 * their receiver has taken them, so that a reset loses none; signals are not, since their sender waits
 * for the answer and sends them again itself. To one receiver everything keeps its order.
 */
import type { Alarms, Storage } from "../core/ports.ts";
import type { Notice } from "../core/room-state.ts";
import { PeerUnreachable } from "../features/feature.ts";
import type { PeerMessages, RoomAddress } from "../features/peer.ts";
import type { PeerObjects } from "./peers.ts";

const ROW = "out:";
/** A receiver that could not be reached is tried again after this long, and given up in the end. */
const RETRY_MS = 5_000;
const GIVE_UP_MS = 300_000;

type Message = PeerMessages["room.event"]["message"];
type Reply = PeerMessages["room.event"]["reply"];

interface Row {
  readonly at: string;
  readonly message: Message & { readonly number: number };
  /** Numbers of the notices that must have arrived before. */
  readonly after: readonly number[];
  readonly since: number;
}

/** What the room knows that its outbox does not. */
export interface OutboxSurroundings {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Everything has been told. */
  emptied(): void;
  /** A peer's object does not know the peer. */
  gone(peer: string): void;
}

/** Name of the alarm that looks after what is left. */
export const OUTBOX_ALARM = "outbox";

/** The outbox of one room. */
export class Outbox {
  readonly #storage: Storage;
  readonly #alarms: Alarms;
  readonly #objects: PeerObjects;
  readonly #around: OutboxSurroundings;
  /** Rows under way, by number; settled when the receiver has answered, or cannot be reached. */
  readonly #underWay = new Map<number, Promise<unknown>>();
  /** By receiver, what must be handed over before the next. */
  readonly #gates = new Map<string, Promise<unknown>>();
  /** Receivers out of reach: what is for them stays in its rows until the next attempt. */
  readonly #stuck = new Set<string>();
  #last: number;

  constructor(storage: Storage, alarms: Alarms, objects: PeerObjects, around: OutboxSurroundings) {
    this.#storage = storage;
    this.#alarms = alarms;
    this.#objects = objects;
    this.#around = around;
    this.#last = this.#rows().at(-1)?.message.number ?? 0;
    this.retry();
  }

  /** Whether everything has been told. */
  isEmpty(): boolean {
    return this.#rows().length === 0;
  }

  /** Tells what follows from one act. */
  post(address: RoomAddress, notices: readonly Notice[]): void {
    const numbers: number[] = [];
    for (const { to, event, last } of notices) {
      // Rises across the lives of a room of this name.
      this.#last = Math.max(this.#last + 1, this.#around.now() * 1_000);
      const message = { ...address, peer: to.id, event, number: this.#last };
      const after = last ? [...numbers] : [];
      numbers.push(this.#last);
      const row: Row = { at: to.at, message, after, since: this.#around.now() };
      this.#storage.put(keyOf(row), row);
      this.#begin(row);
    }
    if (notices.length > 0) this.#alarms.set(OUTBOX_ALARM, this.#around.now() + RETRY_MS);
  }

  /** Hands over a signal, behind all that its receiver is to be told; what was stuck is tried first. */
  pass(at: string, message: Message): Promise<Reply> {
    if (this.#stuck.delete(at)) {
      for (const row of this.#rows()) if (row.at === at) this.#beginAgain(row);
    }
    return this.#hand(at, message, []);
  }

  /** Tells again what is not known to have arrived. */
  retry(): void {
    this.#stuck.clear();
    const rows = this.#rows();
    for (const row of rows) {
      if (row.since < this.#around.now() - GIVE_UP_MS) this.#storage.delete(keyOf(row));
      else this.#beginAgain(row);
    }
    if (rows.length > 0) this.#alarms.set(OUTBOX_ALARM, this.#around.now() + RETRY_MS);
    else this.#alarms.clear(OUTBOX_ALARM);
  }

  #beginAgain(row: Row): void {
    if (!this.#underWay.has(row.message.number)) this.#begin(row);
  }

  #begin(row: Row): void {
    if (this.#stuck.has(row.at)) return;
    const { number } = row.message;
    const waits = row.after.flatMap((other) => this.#underWay.get(other) ?? []);
    const arrived = this.#hand(row.at, row.message, waits).then(
      (reply) => {
        this.#storage.delete(keyOf(row));
        if (reply === "gone") this.#around.gone(row.message.peer);
      },
      () => {
        this.#stuck.add(row.at);
      },
    );
    const done = arrived.then(() => {
      this.#underWay.delete(number);
      if (this.#underWay.size > 0 || !this.isEmpty()) return;
      this.#alarms.clear(OUTBOX_ALARM);
      this.#around.emptied();
    });
    this.#underWay.set(number, done);
  }

  #hand(at: string, message: Message, waits: readonly Promise<unknown>[]): Promise<Reply> {
    const before = this.#gates.get(at);
    // What could not be handed over before must not be overtaken.
    const send = () =>
      this.#stuck.has(at)
        ? Promise.reject(new PeerUnreachable("something waits for that peer"))
        : this.#objects.send(at, "room.event", message);
    if (!before && waits.length === 0) return send();
    // In an object, so that to pass the gate is not to wait for the answer.
    const gate = Promise.all([before, ...waits]).then(() => {
      if (this.#gates.get(at) === gate) this.#gates.delete(at);
      return { sent: send() };
    });
    this.#gates.set(at, gate);
    return gate.then(({ sent }) => sent);
  }

  #rows(): Row[] {
    return [...this.#storage.list<Row>(ROW)].map(([, row]) => row);
  }
}

const keyOf = ({ message }: Row) => ROW + String(message.number).padStart(16, "0");
