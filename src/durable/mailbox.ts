/**
 * Mailboxes of devices that opted in to resuming. Every event of such a device is numbered and written
 * down before it is sent, so that after a reconnect exactly what was missed is sent again, or the
 * client is told that it has to start over.
 *
 * The platform holds back what a socket sends until the object's writes are durable, so a client never
 * sees an event that a reset could make us forget.
 */
import type { Storage } from "../core/ports.ts";
import type { Outgoing } from "../features/connection.ts";
import { encode } from "../wire/codec.ts";

const BOX = "box:";
const MAIL = "mail:";
const VERSION = 1;
/** Most that a mailbox keeps; what is older is gone, and a client that needs it starts over. */
export const MAILBOX_LIMIT = { events: 256, bytes: 1_048_576, ageMs: 300_000 } as const;

interface Box {
  readonly version: typeof VERSION;
  /** Names this run of numbers; a new one begins whenever the numbers cannot go on. */
  readonly epoch: string;
  /** Proof that a client is the one that was here before. */
  readonly secret: string;
}

interface Mail {
  readonly at: number;
  readonly frame: string;
}

/** What is kept in memory of a box: rebuilt from the rows after an eviction. */
interface Count {
  seq: number;
  first: number;
  bytes: number;
}

/** Where a client's numbers stand. */
export interface Position {
  readonly epoch: string;
  /** Number of the latest event. */
  readonly seq: number;
  readonly resumeToken: string;
}

/** The mailboxes of one user's devices. */
export class Mailboxes {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #uuid: () => string;
  /** The rows of the boxes, in memory: every event asks for one, and most devices have none. */
  readonly #boxes: Map<string, Box>;
  readonly #counts = new Map<string, Count>();

  constructor(storage: Storage, now: () => number, uuid: () => string) {
    this.#storage = storage;
    this.#now = now;
    this.#uuid = uuid;
    const rows = [...storage.list<Box>(BOX)].filter(([, { version }]) => version === VERSION);
    this.#boxes = new Map(rows.map(([key, box]) => [key.slice(BOX.length), box]));
  }

  /** Devices that have a mailbox, connected or not. */
  devices(): string[] {
    return [...this.#boxes.keys()];
  }

  /** The device that counts its events in that run of numbers. */
  deviceIn(epoch: string): string | undefined {
    return this.devices().find((device) => this.#box(device)?.epoch === epoch);
  }

  /** The run of numbers of a device. */
  epochOf(device: string): string | undefined {
    return this.#box(device)?.epoch;
  }

  has(device: string): boolean {
    return this.#box(device) !== undefined;
  }

  /** The device whose mailbox a resume token opens. */
  deviceOf(resumeToken: string): string | undefined {
    return this.devices().find((device) => tokenOf(this.#box(device)) === resumeToken);
  }

  /** Begins a new run of numbers for a device. */
  begin(device: string): Position {
    this.drop(device);
    const box: Box = { version: VERSION, epoch: this.#uuid(), secret: this.#uuid() };
    this.#storage.put(BOX + device, box);
    this.#boxes.set(device, box);
    return { epoch: box.epoch, seq: 0, resumeToken: tokenOf(box) ?? "" };
  }

  /** Where a device's numbers stand. */
  position(device: string): Position | undefined {
    const box = this.#box(device);
    const resumeToken = tokenOf(box);
    return box && resumeToken
      ? { epoch: box.epoch, seq: this.#count(box).seq, resumeToken }
      : undefined;
  }

  /** The frames after number `seq`, in order; nothing when some of them are gone. */
  after(device: string, seq: number): string[] | undefined {
    const box = this.#box(device);
    if (!box) return undefined;
    const count = this.#count(box);
    if (!Number.isSafeInteger(seq) || seq < count.first - 1 || seq > count.seq) return undefined;
    const missed = [...this.#storage.list<Mail>(mailOf(box))].filter(
      ([key]) => numberOf(key) > seq,
    );
    const oldest = this.#now() - MAILBOX_LIMIT.ageMs;
    return missed.some(([, { at }]) => at < oldest)
      ? undefined
      : missed.map(([, { frame }]) => frame);
  }

  /** Whether an absent device's mailbox takes so many more bytes without losing anything. */
  hasRoom(device: string, bytes: number): boolean {
    const box = this.#box(device);
    if (!box) return false;
    const { seq, first, bytes: kept } = this.#count(box);
    return seq - first + 1 < MAILBOX_LIMIT.events && kept + bytes <= MAILBOX_LIMIT.bytes;
  }

  /** Numbers an event and writes it down. The oldest make room for it. */
  append(device: string, event: Outgoing): { seq: number; frame: string } | undefined {
    const box = this.#box(device);
    if (!box) return undefined;
    const count = this.#count(box);
    const seq = count.seq + 1;
    const frame = encode(event, seq);
    this.#storage.put(keyOf(box, seq), { at: this.#now(), frame } satisfies Mail);
    count.seq = seq;
    count.bytes += frame.length;
    while (
      count.seq - count.first + 1 > MAILBOX_LIMIT.events ||
      count.bytes > MAILBOX_LIMIT.bytes
    ) {
      // The latest stays, since it says where the numbers stand.
      if (count.first === seq) break;
      const key = keyOf(box, count.first);
      count.bytes -= this.#storage.get<Mail>(key)?.frame.length ?? 0;
      this.#storage.delete(key);
      count.first += 1;
    }
    return { seq, frame };
  }

  /** Forgets a device's mailbox. */
  drop(device: string): void {
    const box = this.#box(device);
    if (!box) return;
    for (const [key] of this.#storage.list(mailOf(box))) this.#storage.delete(key);
    this.#storage.delete(BOX + device);
    this.#boxes.delete(device);
    this.#counts.delete(box.epoch);
  }

  #box(device: string): Box | undefined {
    return this.#boxes.get(device);
  }

  #count(box: Box): Count {
    const known = this.#counts.get(box.epoch);
    if (known) return known;
    const rows = [...this.#storage.list<Mail>(mailOf(box))];
    const [first] = rows[0] ?? [keyOf(box, 1)];
    const [last] = rows.at(-1) ?? [keyOf(box, 0)];
    const bytes = rows.reduce((sum, [, { frame }]) => sum + frame.length, 0);
    const count = { seq: numberOf(last), first: numberOf(first), bytes };
    this.#counts.set(box.epoch, count);
    return count;
  }
}

function tokenOf(box: Box | undefined): string | undefined {
  return box && `${box.epoch}.${box.secret}`;
}

const mailOf = ({ epoch }: Box) => `${MAIL}${epoch}:`;

/** Numbers are padded so that the rows' order is theirs. */
const keyOf = (box: Box, seq: number) => mailOf(box) + String(seq).padStart(12, "0");

const numberOf = (key: string) => Number(key.slice(key.lastIndexOf(":") + 1));
