/** The devices of one user: how their sockets come and go, and how events reach them. */
import type { Connection, Device, Outgoing, Sockets } from "../features/connection.ts";
import type { Identity } from "../http/identity.ts";
import { metrics } from "../metrics.ts";
import { closeCodes } from "../protocol/errors.ts";
import { encode } from "../wire/codec.ts";
import type { LostDevices } from "./lost-devices.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { RequestLedger } from "./request-ledger.ts";
import type { Open, OpenSockets, Row } from "./open-sockets.ts";
import { close, countSent, idOf, send } from "./socket.ts";

/** Room for what an event becomes besides its payload. */
const FRAME_BYTES = 128;

/** A socket as it was taken in, and how it goes on from the one before. */
export interface Accepted {
  readonly connection: Connection;
  /** Frames that the client has missed; none when it has to start over. */
  readonly missed: readonly string[] | undefined;
  /** Frames that waited for a client that has to start over. */
  readonly waited: readonly string[];
}

/** What the shell knows that the sockets do not. */
export interface Surroundings {
  readonly now: () => number;
  /** Whether something goes on that needs a device. */
  readonly isHeld: (device: string) => boolean;
  /** Told of each connection that we close. */
  readonly gone: (connection: Connection, code: number) => void;
  /** How long an opted-in client may be silent, in milliseconds. */
  readonly silenceMs: number;
}

/** Lets sockets in, misses those that are lost, and delivers to devices. */
export class UserSockets implements Sockets {
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

  all(): readonly Connection[] {
    return this.#open.all().map(({ connection }) => connection);
  }

  of(device: string): Connection | undefined {
    return this.#open.of(device)?.connection;
  }

  devices(): readonly Device[] {
    const live = this.all().map(({ device }) => device);
    return [...new Set([...live, ...this.#mailboxes.devices()])].map((device) => ({ device }));
  }

  resumes(device: string): boolean {
    return this.#mailboxes.has(device);
  }

  reaches(device: string): boolean {
    return this.#open.of(device) !== undefined || this.#mailboxes.has(device);
  }

  deliver(event: Outgoing, to: readonly Device[]): number {
    let plain: string | undefined;
    let taken = 0;
    for (const { device } of to) {
      const { connection, socket } = this.#open.of(device) ?? {};
      if (connection?.guest && event.type !== FOR_GUESTS) continue;
      const mail = this.#mailboxes.append(device, event);
      if (mail && "ref" in event && event.ref !== undefined) {
        this.#ledger.settle(device, event.ref, event);
      }
      const frame = mail?.frame ?? (plain ??= encode(event));
      const sent = send(socket, frame);
      if (sent) taken += 1;
      if (sent || mail) countSent(event);
    }
    return taken;
  }

  offer(event: Outgoing, device: string): "taken" | "full" | "absent" {
    const live = this.#open.of(device);
    if (!this.#mailboxes.has(device)) {
      return this.deliver(event, [{ device }]) > 0 ? "taken" : "absent";
    }
    const bytes = FRAME_BYTES + ("json" in event ? event.json.length : 0);
    if (!live && !this.#mailboxes.hasRoom(device, bytes)) return "full";
    this.deliver(event, [{ device }]);
    return "taken";
  }

  answer(event: Outgoing, connection: Connection): void {
    if (event.type === "error" && "payload" in event) {
      metrics.count("edgering_errors_total", { code: event.payload.code });
    }
    if (connection.guest) return;
    const open = this.#open.by(connection.id);
    if (connection.resume) this.deliver(event, [connection]);
    else if (send(open?.socket, encode(event))) countSent(event);
  }

  /** Sends a frame that belongs to the connection itself, not to the device's events. */
  sendFrame(frame: string, connection: Connection): void {
    send(this.#open.by(connection.id)?.socket, frame);
  }

  lastLost(): number | undefined {
    return this.#lost.last();
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

const NAMELESS = "socket:";
/** A guest socket never receives anything else. */
const FOR_GUESTS = "new_message";
