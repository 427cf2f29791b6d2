/**
 * The devices of one user. What must survive hibernation is in two places: the socket's attachment
 * names its row, and the row says whose it is. A row without a socket is a socket that was lost while
 * nobody looked, as in a deployment.
 */
import type { Storage } from "../core/ports.ts";
import type { Connection, Device, Lines, Outgoing, Sockets } from "../features/connection.ts";
import type { Identity } from "../http/identity.ts";
import { metrics } from "../metrics.ts";
import { closeCodes } from "../protocol/errors.ts";
import { ANY } from "../protocol/direct.ts";
import { server } from "../protocol/index.ts";
import { encode } from "../wire/codec.ts";
import { LostDevices } from "./lost-devices.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { RequestLedger } from "./request-ledger.ts";
import { readNote, writeNote } from "./socket-notes.ts";
import { close, idOf, send } from "./socket.ts";

const ROW = "socket:";
/** Room for what an event becomes besides its payload. */
const FRAME_BYTES = 128;

interface Row extends Connection {
  /** Unlabelled and on its own: the next such socket may take the device over. */
  readonly nameless: boolean;
  /** When it connected, in milliseconds since the epoch. */
  readonly since: number;
}

interface Open {
  readonly connection: Row;
  readonly socket: WebSocket;
}

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

/** Keeps the user's sockets and delivers to them. Survives hibernation: rebuilt from both places. */
export class UserSockets implements Sockets, Lines {
  readonly #ctx: DurableObjectState;
  readonly #storage: Storage;
  readonly #mailboxes: Mailboxes;
  readonly #ledger: RequestLedger;
  readonly #lost: LostDevices;
  readonly #around: Surroundings;
  readonly #open = new Map<string, Open>();
  /** When a socket last sent a frame. In memory: pings are remembered by the platform. */
  readonly #heard = new Map<string, number>();

  constructor(
    ctx: DurableObjectState,
    storage: Storage,
    mailboxes: Mailboxes,
    ledger: RequestLedger,
    around: Surroundings,
  ) {
    this.#ctx = ctx;
    this.#storage = storage;
    this.#mailboxes = mailboxes;
    this.#ledger = ledger;
    this.#lost = new LostDevices(storage);
    this.#around = around;
    for (const socket of ctx.getWebSockets()) {
      const stored = storage.get<Row>(ROW + idOf(socket));
      // Rows of the version before have no line.
      const row = stored && { ...stored, line: stored.line ?? stored.id };
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

  /** Closes sockets of opted-in clients that have fallen silent: nothing may be trusted to them. */
  closeSilent(): void {
    const silent = [...this.#open.values()].filter((open) => this.#isSilent(open));
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
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment({ version: 1, id });
    const older = [...this.#open.values()].filter((open) => open.connection.device === device);
    this.#storage.put(ROW + id, connection);
    this.#open.set(id, { connection, socket });
    for (const { connection: row, socket: old } of older) {
      this.#forget(row);
      close(old, closeCodes.replaced);
    }
    return { connection, missed, waited };
  }

  /** The connection of a socket; none when it was replaced or has been removed already. */
  find(socket: WebSocket): Connection | undefined {
    return this.#open.get(idOf(socket))?.connection;
  }

  /** A socket has sent a frame. */
  heard({ id }: Connection): void {
    this.#heard.set(id, this.#around.now());
  }

  /** Removes a socket that has closed and returns its connection, the first time. */
  remove(socket: WebSocket): Connection | undefined {
    const row = this.#open.get(idOf(socket))?.connection;
    if (row) this.#lose(row);
    return row;
  }

  /** Closes a connection for a reason of ours. It is lost at once, whether its client answers or not. */
  close({ id }: Connection, why: (typeof closeCodes)[keyof typeof closeCodes]): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#lose(open.connection);
    close(open.socket, why);
    this.#around.gone(open.connection, why.code);
  }

  all(): readonly Connection[] {
    return Array.from(this.#open.values(), (open) => open.connection);
  }

  of(device: string): Connection | undefined {
    return this.#openOf(device)?.connection;
  }

  devices(): readonly Device[] {
    const live = this.all().map(({ device }) => device);
    return [...new Set([...live, ...this.#mailboxes.devices()])].map((device) => ({ device }));
  }

  resumes(device: string): boolean {
    return this.#mailboxes.has(device);
  }

  reaches(device: string): boolean {
    return this.#openOf(device) !== undefined || this.#mailboxes.has(device);
  }

  deliver(event: Outgoing, to: readonly Device[]): number {
    let plain: string | undefined;
    let taken = 0;
    for (const { device } of to) {
      const { connection, socket } = this.#openOf(device) ?? {};
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
    const live = this.#openOf(device);
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
    const open = this.#open.get(connection.id);
    if (connection.resume) this.deliver(event, [connection]);
    else if (send(open?.socket, encode(event))) countSent(event);
  }

  /** Sends a frame that belongs to the connection itself, not to the device's events. */
  sendFrame(frame: string, connection: Connection): void {
    send(this.#open.get(connection.id)?.socket, frame);
  }

  lines(): ReadonlyMap<string, "live" | "away"> {
    const boxes = this.#mailboxes.devices().map((device) => this.#mailboxes.epochOf(device) ?? "");
    return new Map([
      ...boxes.map((line) => [line, "away"] as const),
      ...this.all().map(({ line }) => [line, "live"] as const),
    ]);
  }

  pass(event: Outgoing, lines: readonly string[]): { absent: string[]; kept: boolean } {
    const absent: string[] = [];
    const stuck: Row[] = [];
    let frame: string | undefined;
    let kept = false;
    for (const line of lines) {
      const open = this.#onLine(line);
      const device = this.#mailboxes.deviceIn(line);
      if (device !== undefined) {
        this.deliver(event, [{ device }]);
        kept = true;
      } else if (send(open?.socket, (frame ??= encode(event)))) countSent(event);
      else {
        absent.push(line);
        // One that is closing says so itself; one that takes nothing is not passed over in silence.
        if (open?.socket.readyState === WebSocket.OPEN) stuck.push(open.connection);
      }
    }
    for (const connection of stuck) this.close(connection, closeCodes.behind);
    return { absent, kept };
  }

  note(lines: readonly string[], key: string, text: string): void {
    for (const line of lines) {
      const open = this.#onLine(line);
      if (open) writeNote(open.socket, open.connection.id, key, text);
    }
  }

  notes(key: string): readonly string[] {
    return [...this.#open.values()].flatMap(({ socket }) => readNote(socket, key) ?? []);
  }

  breakOff(line: string): void {
    const live = this.#onLine(line)?.connection;
    const device = this.#mailboxes.deviceIn(line);
    if (device !== undefined) {
      this.#mailboxes.drop(device);
      this.#ledger.drop(device);
    }
    if (live) this.close(live, closeCodes.behind);
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

  #openOf(device: string): Open | undefined {
    for (const open of this.#open.values()) if (open.connection.device === device) return open;
    return undefined;
  }

  #onLine(line: string): Open | undefined {
    for (const open of this.#open.values()) if (open.connection.line === line) return open;
    return undefined;
  }

  #isSilent({ connection, socket }: Open): boolean {
    if (!connection.resume) return false;
    const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const heard = Math.max(pinged, connection.since, this.#heard.get(connection.id) ?? 0);
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
    this.#forget(row);
    const seq = this.#mailboxes.position(row.device)?.seq;
    this.#lost.add(row.device, {
      at: this.#around.now(),
      nameless: row.nameless,
      ...(seq === undefined ? {} : { seq }),
    });
  }

  #forget(row: Row): void {
    this.#open.delete(row.id);
    this.#heard.delete(row.id);
    this.#storage.delete(ROW + row.id);
  }
}

const NAMELESS = "socket:";
/** A guest socket never receives anything else. */
const FOR_GUESTS = "new_message";

function countSent({ type }: Outgoing): void {
  // Clients may invent types of direct messages; a label has few values.
  const known = Object.hasOwn(server, type) ? type : ANY;
  metrics.count("edgering_messages_total", { direction: "out", type: known });
}
