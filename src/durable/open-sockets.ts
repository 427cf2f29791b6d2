/**
 * The open sockets of one user. What must survive hibernation is in two places: the socket's attachment
 * names its row, and the row says whose it is. A row without a socket is a socket that was lost while
 * nobody looked, as in a deployment.
 */
import type { Storage } from "../core/ports.ts";
import type { Connection } from "../features/connection.ts";
import { close, idOf } from "./socket.ts";
import { closeCodes } from "../protocol/errors.ts";

const ROW = "socket:";

/** A connection as it is written down. */
export interface Row extends Connection {
  /** Unlabelled and on its own: the next such socket may take the device over. */
  readonly nameless: boolean;
  /** When it connected, in milliseconds since the epoch. */
  readonly since: number;
}

/** A socket with its row. */
export interface Open {
  readonly connection: Row;
  readonly socket: WebSocket;
}

/** Finds sockets by what they are. Rebuilt from both places after an eviction. */
export class OpenSockets {
  readonly #ctx: DurableObjectState;
  readonly #storage: Storage;
  readonly #open = new Map<string, Open>();

  constructor(ctx: DurableObjectState, storage: Storage) {
    this.#ctx = ctx;
    this.#storage = storage;
    for (const socket of ctx.getWebSockets()) {
      const stored = storage.get<Row>(ROW + idOf(socket));
      // Rows of the version before have no line.
      const row = stored && { ...stored, line: stored.line ?? stored.id };
      if (row) this.#open.set(row.id, { connection: row, socket });
    }
  }

  all(): readonly Open[] {
    return [...this.#open.values()];
  }

  /** Rows whose sockets are gone. */
  vanished(): Row[] {
    const rows = [...this.#storage.list<Row>(ROW)].map(([, row]) => row);
    return rows.filter((row) => !this.#open.has(row.id));
  }

  /** Accepts a socket for hibernation; an older one of the same device is replaced by it. */
  add(socket: WebSocket, connection: Row): void {
    const { id, device } = connection;
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment({ version: 1, id });
    const older = this.all().filter((open) => open.connection.device === device);
    this.#storage.put(ROW + id, connection);
    this.#open.set(id, { connection, socket });
    for (const { connection: row, socket: old } of older) {
      this.forget(row);
      close(old, closeCodes.replaced);
    }
  }

  forget({ id }: Connection): void {
    this.#open.delete(id);
    this.#storage.delete(ROW + id);
  }

  /** The socket of a connection. */
  by(id: string): Open | undefined {
    return this.#open.get(id);
  }

  /** The socket of a device. */
  of(device: string): Open | undefined {
    for (const open of this.#open.values()) if (open.connection.device === device) return open;
    return undefined;
  }

  /** The socket on a line. */
  on(line: string): Open | undefined {
    for (const open of this.#open.values()) if (open.connection.line === line) return open;
    return undefined;
  }
}
