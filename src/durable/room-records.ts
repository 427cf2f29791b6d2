/** What a room writes down: itself, the requests it has settled, and who it is. */
import type { Storage } from "../core/ports.ts";
import type { Knock, RoomState } from "../core/room-state.ts";
import type { RoomAddress, RoomReply } from "../features/peer.ts";

const ADDRESS = "address";
const STATE = "state";
/** Requests for admission have rows of their own: there may be many, and each may be large. */
const KNOCK = "knock:";
const SETTLED = "settled:";
const VERSION = 1;
/** Most settled requests whose outcome is kept, to recognise repetitions. */
const KEPT = 256;

type StateRow = Omit<RoomState, "knocks"> & { readonly version: typeof VERSION };

interface Settled {
  readonly id: string;
  readonly reply: RoomReply;
}

/** A room's rows, with a memory of them. */
export class RoomRecords {
  readonly #storage: Storage;
  /** Rows of settled requests, oldest first. */
  readonly #settled: Map<string, { readonly key: string; readonly reply: RoomReply }>;
  /** Where each waiting request stands. */
  readonly #knocks: Map<Knock, string>;
  #state: RoomState | undefined;
  #count = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
    const settled = [...storage.list<Settled>(SETTLED)];
    this.#settled = new Map(settled.map(([key, { id, reply }]) => [id, { key, reply }]));
    const knocks = [...storage.list<Knock>(KNOCK)];
    this.#knocks = new Map(knocks.map(([key, knock]) => [knock, key]));
    for (const [key] of [...settled, ...knocks]) this.#count = Math.max(this.#count, numberOf(key));
    const row = storage.get<StateRow>(STATE);
    if (!row) return;
    const { version: _, ...rest } = row;
    this.#state = { ...rest, knocks: knocks.map(([, knock]) => knock) };
  }

  /** Which room this is; nothing before its first request. */
  address(): RoomAddress | undefined {
    return this.#storage.get<RoomAddress>(ADDRESS);
  }

  state(): RoomState | undefined {
    return this.#state;
  }

  /** Writes down what has changed. */
  save(address: RoomAddress, state: RoomState | undefined): void {
    if (this.address() === undefined) this.#storage.put(ADDRESS, address);
    const before = this.#state;
    this.#state = state;
    const knocks = state?.knocks ?? [];
    for (const [knock, key] of this.#knocks) {
      if (knocks.includes(knock)) continue;
      this.#storage.delete(key);
      this.#knocks.delete(knock);
    }
    for (const knock of knocks) {
      if (this.#knocks.has(knock)) continue;
      const key = this.#next(KNOCK);
      this.#storage.put(key, knock);
      this.#knocks.set(knock, key);
    }
    if (!state) this.#storage.delete(STATE);
    else if (!before || differs(before, state)) {
      const { knocks: _, ...rest } = state;
      this.#storage.put(STATE, { ...rest, version: VERSION } satisfies StateRow);
    }
  }

  /** The outcome of a request that has been settled before; nothing when it is new. */
  replyTo(id: string): RoomReply | undefined {
    return this.#settled.get(id)?.reply;
  }

  /** Remembers a request as settled. */
  remember(id: string, reply: RoomReply): void {
    const key = this.#next(SETTLED);
    this.#storage.put(key, { id, reply } satisfies Settled);
    this.#settled.set(id, { key, reply });
    const [oldest] = this.#settled;
    if (this.#settled.size <= KEPT || !oldest) return;
    this.#storage.delete(oldest[1].key);
    this.#settled.delete(oldest[0]);
  }

  /** Forgets everything. */
  forget(): void {
    for (const { key } of this.#settled.values()) this.#storage.delete(key);
    this.#settled.clear();
    this.#storage.delete(ADDRESS);
  }

  #next(prefix: string): string {
    this.#count += 1;
    return prefix + String(this.#count).padStart(12, "0");
  }
}

const numberOf = (key: string) => Number(key.slice(key.lastIndexOf(":") + 1));

function differs(a: RoomState, b: RoomState): boolean {
  return (["owner", "members", "locked", "banned"] as const).some((part) => a[part] !== b[part]);
}
