/**
 * The sockets of one user. What must survive hibernation is in two places: the socket's attachment
 * names its row, and the row says whose it is. A row without a socket is a socket that was lost while
 * nobody looked, as in a deployment.
 */
import type { Storage } from "../core/ports.ts";
import type { Connection, Outgoing, Sockets } from "../features/feature.ts";
import type { Identity } from "../http/identity.ts";
import { closeCodes } from "../protocol/errors.ts";
import { encode } from "../wire/codec.ts";

const ROW = "socket:";
const LOST = "lost:";
/** Lost devices are forgotten after this long; no grace is longer. */
const LOST_KEPT_MS = 300_000;

interface Row extends Connection {
  /** Unlabelled and on its own: the next such socket may take the device over. */
  readonly nameless: boolean;
}

interface Open {
  readonly connection: Row;
  readonly socket: WebSocket;
}

/** Keeps the user's sockets and delivers to them. Survives hibernation: rebuilt from both places. */
export class UserSockets implements Sockets {
  readonly #ctx: DurableObjectState;
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #open = new Map<string, Open>();

  constructor(ctx: DurableObjectState, storage: Storage, now: () => number) {
    this.#ctx = ctx;
    this.#storage = storage;
    this.#now = now;
    for (const socket of ctx.getWebSockets()) {
      const row = storage.get<Row>(ROW + idOf(socket));
      if (row) this.#open.set(row.id, { connection: row, socket });
    }
  }

  /** Takes rows whose sockets are gone, so that somebody can mourn them. */
  takeVanished(): Connection[] {
    const rows = [...this.#storage.list<Row>(ROW)].map(([, row]) => row);
    const vanished = rows.filter((row) => !this.#open.has(row.id));
    for (const row of vanished) this.#lose(row);
    return vanished;
  }

  /** Accepts a socket for hibernation; an older one of the same device is replaced by it. */
  accept(
    socket: WebSocket,
    id: string,
    identity: Identity,
    isHeld: (device: string) => boolean,
  ): Connection {
    const { profile, resume, expires } = identity;
    const device = this.#deviceOf(id, identity, isHeld);
    const connection: Row = {
      id,
      device,
      profile,
      resume,
      nameless: identity.device === undefined && !identity.oneDevice,
      ...(identity.device === undefined ? {} : { label: identity.device }),
      ...(expires === undefined ? {} : { expires }),
    };
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment({ version: 1, id });
    const older = [...this.#open.values()].filter((open) => open.connection.device === device);
    this.#storage.put(ROW + id, connection);
    this.#storage.delete(LOST + device);
    this.#open.set(id, { connection, socket });
    for (const { connection: row, socket: old } of older) {
      this.#forget(row);
      close(old, closeCodes.replaced);
    }
    return connection;
  }

  /** The connection of a socket; none when it was replaced or has been removed already. */
  find(socket: WebSocket): Connection | undefined {
    return this.#open.get(idOf(socket))?.connection;
  }

  /** Removes a socket that has closed and returns its connection, the first time. */
  remove(socket: WebSocket): Connection | undefined {
    const row = this.#open.get(idOf(socket))?.connection;
    if (row) this.#lose(row);
    return row;
  }

  /** Closes a connection for a reason of ours; its loss follows as for any other. */
  close(connection: Connection, why: (typeof closeCodes)[keyof typeof closeCodes]): void {
    const open = this.#open.get(connection.id);
    if (open) close(open.socket, why);
  }

  all(): readonly Connection[] {
    return Array.from(this.#open.values(), (open) => open.connection);
  }

  of(device: string): Connection | undefined {
    return this.all().find((connection) => connection.device === device);
  }

  deliver(event: Outgoing, to: readonly Connection[]): number {
    if (to.length === 0) return 0;
    const frame = encode(event);
    let taken = 0;
    for (const { id } of to) {
      const socket = this.#open.get(id)?.socket;
      if (socket?.readyState !== WebSocket.OPEN) continue;
      try {
        socket.send(frame);
        taken += 1;
      } catch {
        // The socket broke just now; its close event will say so.
      }
    }
    return taken;
  }

  lastLost(): number | undefined {
    const times = [...this.#storage.list<{ at: number }>(LOST)].map(([, { at }]) => at);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  #deviceOf(
    id: string,
    { device, oneDevice }: Identity,
    isHeld: (device: string) => boolean,
  ): string {
    if (device !== undefined) return `label:${device}`;
    if (oneDevice) return "user";
    // The next unlabelled socket takes the place of a lost one that is still needed.
    const lost = [...this.#storage.list<{ nameless: boolean }>(LOST)]
      .filter(([, { nameless }]) => nameless)
      .map(([key]) => key.slice(LOST.length));
    return lost.find(isHeld) ?? `socket:${id}`;
  }

  #lose(row: Row): void {
    this.#forget(row);
    for (const [key, { at }] of this.#storage.list<{ at: number }>(LOST)) {
      if (at < this.#now() - LOST_KEPT_MS) this.#storage.delete(key);
    }
    this.#storage.put(LOST + row.device, { at: this.#now(), nameless: row.nameless });
  }

  #forget(row: Row): void {
    this.#open.delete(row.id);
    this.#storage.delete(ROW + row.id);
  }
}

function idOf(socket: WebSocket): string {
  const attachment = socket.deserializeAttachment() as { id?: string } | null;
  return attachment?.id ?? "";
}

function close(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  try {
    socket.close(code, reason);
  } catch {
    // It was closing already.
  }
}
