/** How the sockets of one user come and go. */
import type { Connection } from "../features/connection.ts";
import type { Identity } from "../http/identity.ts";
import { closeCodes } from "../protocol/errors.ts";
import type { LostDevices } from "./lost-devices.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { RequestLedger } from "./request-ledger.ts";
import type { Open, OpenSockets, Row } from "./open-sockets.ts";
import { close, idOf, send } from "./socket.ts";

const NAMELESS = "socket:";

/** A socket as it was taken in, and how it goes on from the one before. */
export interface Accepted {
  readonly connection: Connection;
  /** Frames that the client has missed; none when it has to start over. */
  readonly missed: readonly string[] | undefined;
  /** Frames that waited for a client that has to start over. */
  readonly waited: readonly string[];
}

/** What the shell knows that the attendance does not. */
export interface Surroundings {
  readonly now: () => number;
  /** Whether something goes on that needs a device. */
  readonly isHeld: (device: string) => boolean;
  /** Told of each connection that we close. */
  readonly gone: (connection: Connection, code: number) => void;
  /** How long an opted-in client may be silent, in milliseconds. */
  readonly silenceMs: number;
}

/** Lets sockets in, and misses those that are lost. */
export class Attendance {
  readonly #ctx: DurableObjectState;
  readonly #open: OpenSockets;
  readonly #mailboxes: Mailboxes;
  readonly #ledger: RequestLedger;
  readonly #lost: LostDevices;
  readonly #around: Surroundings;
  /** When a connection last sent a frame. In memory: pings are remembered by the platform. */
  readonly #heard = new WeakMap<Connection, number>();

  constructor(
    ctx: DurableObjectState,
    open: OpenSockets,
    lost: LostDevices,
    mailboxes: Mailboxes,
    ledger: RequestLedger,
    around: Surroundings,
  ) {
    this.#ctx = ctx;
    this.#open = open;
    this.#mailboxes = mailboxes;
    this.#ledger = ledger;
    this.#lost = lost;
    this.#around = around;
  }

  /** Takes rows whose sockets are gone, so that somebody can mourn them. */
  takeVanished(): Connection[] {
    const vanished = this.#open.vanished();
    for (const row of vanished) this.#lose(row);
    return vanished;
  }

  /** Closes sockets of opted-in clients that have fallen silent: nothing may be trusted to them. */
  closeSilent(): void {
    const silent = this.#open.all().filter((open) => this.#isSilent(open));
    for (const { connection } of silent) this.close(connection, closeCodes.silent);
  }

  /** Accepts a socket for hibernation; an older one of the same device is replaced by it. */
  accept(socket: WebSocket, id: string, identity: Identity): Accepted {
    const { profile, resume, resumeToken, seq, expires, app, ack } = identity;
    const resumed = resumeToken === undefined ? undefined : this.#mailboxes.deviceOf(resumeToken);
    const device = this.#deviceOf(id, identity, resumed);
    const missed =
      resume && device === resumed && seq !== undefined
        ? this.#mailboxes.after(device, seq)
        : undefined;
    const lost = this.#lost.found(device);
    // Also a client that opts out now gets what waited for the device.
    const waited =
      missed === undefined ? (this.#mailboxes.after(device, lost?.seq ?? Infinity) ?? []) : [];
    // A client without the proof may count its references from the start again.
    if (device !== resumed) this.#ledger.drop(device);
    if (!resume) this.#mailboxes.drop(device);
    else if (missed === undefined) this.#mailboxes.begin(device);
    const connection: Row = {
      id,
      line: this.#mailboxes.epochOf(device) ?? id,
      device,
      profile,
      resume,
      nameless: identity.device === undefined && !identity.oneDevice,
      since: this.#around.now(),
      ...(identity.device === undefined ? {} : { label: identity.device }),
      ...(identity.guest === undefined ? {} : { guest: identity.guest }),
      ...(identity.grants === undefined ? {} : { grants: identity.grants }),
      ...(app === undefined ? {} : { app }),
      ...(ack === undefined ? {} : { ack }),
      ...(expires === undefined ? {} : { expires }),
    };
    this.#open.add(socket, connection);
    return { connection, missed, waited };
  }

  /** The connection of a socket; none when it was replaced or has been removed already. */
  find(socket: WebSocket): Connection | undefined {
    return this.#open.by(idOf(socket))?.connection;
  }

  /** A socket has sent a frame. */
  heard(connection: Connection): void {
    this.#heard.set(connection, this.#around.now());
  }

  /** Removes a socket that has closed and returns its connection, the first time. */
  remove(socket: WebSocket): Connection | undefined {
    const row = this.#open.by(idOf(socket))?.connection;
    if (row) this.#lose(row);
    return row;
  }

  /** Closes a connection for a reason of ours. It is lost at once, whether its client answers or not. */
  close({ id }: Connection, why: (typeof closeCodes)[keyof typeof closeCodes]): void {
    const open = this.#open.by(id);
    if (!open) return;
    this.#lose(open.connection);
    close(open.socket, why);
    this.#around.gone(open.connection, why.code);
  }

  /** Sends a frame that belongs to the connection itself, not to the device's events. */
  sendFrame(frame: string, connection: Connection): void {
    send(this.#open.by(connection.id)?.socket, frame);
  }

  /** Forgets devices that stayed away; returns when to look again, in milliseconds since the epoch. */
  forgetLost(): number | undefined {
    for (const device of this.#lost.forget(this.#around.now())) {
      this.#mailboxes.drop(device);
      this.#ledger.drop(device);
    }
    // Only mailboxes are worth an alarm; the rest is forgotten in passing.
    return this.#mailboxes.devices().length > 0 ? this.#lost.next() : undefined;
  }

  #isSilent({ connection, socket }: Open): boolean {
    if (!connection.resume) return false;
    const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const heard = Math.max(pinged, connection.since, this.#heard.get(connection) ?? 0);
    return this.#around.now() - heard > this.#around.silenceMs;
  }

  #deviceOf(id: string, identity: Identity, resumed: string | undefined): string {
    if (identity.device !== undefined) return `label:${identity.device}`;
    if (identity.oneDevice) return "user";
    if (resumed?.startsWith(NAMELESS)) return resumed;
    // The next unlabelled socket takes the place of a lost one that is still needed.
    return this.#lost.nameless().find(this.#around.isHeld) ?? NAMELESS + id;
  }

  #lose(row: Row): void {
    this.#open.forget(row);
    const seq = this.#mailboxes.position(row.device)?.seq;
    this.#lost.add(row.device, {
      at: this.#around.now(),
      nameless: row.nameless,
      ...(seq === undefined ? {} : { seq }),
    });
  }
}
