/**
 * The lines of one user: what goes on while a client resumes. A line is a mailbox's run of numbers, or
 * the one socket of a client that does not resume.
 */
import type { Lines, Outgoing } from "../features/connection.ts";
import { closeCodes } from "../protocol/errors.ts";
import { encode } from "../wire/codec.ts";
import type { Attendance } from "./attendance.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { OpenSockets, Row } from "./open-sockets.ts";
import type { RequestLedger } from "./request-ledger.ts";
import { readNote, writeNote } from "./socket-notes.ts";
import { countSent, send } from "./socket.ts";
import type { UserSockets } from "./sockets.ts";

/** Sends to lines, by the mailboxes and sockets behind them. */
export class UserLines implements Lines {
  readonly #open: OpenSockets;
  readonly #mailboxes: Mailboxes;
  readonly #ledger: RequestLedger;
  readonly #sockets: UserSockets;
  readonly #attendance: Attendance;

  constructor(
    open: OpenSockets,
    mailboxes: Mailboxes,
    ledger: RequestLedger,
    sockets: UserSockets,
    attendance: Attendance,
  ) {
    this.#open = open;
    this.#mailboxes = mailboxes;
    this.#ledger = ledger;
    this.#sockets = sockets;
    this.#attendance = attendance;
  }

  all(): ReadonlyMap<string, "live" | "away"> {
    const boxes = this.#mailboxes.devices().map((device) => this.#mailboxes.epochOf(device) ?? "");
    return new Map([
      ...boxes.map((line) => [line, "away"] as const),
      ...this.#open.all().map(({ connection }) => [connection.line, "live"] as const),
    ]);
  }

  pass(event: Outgoing, lines: readonly string[]): { absent: string[]; kept: boolean } {
    const absent: string[] = [];
    const stuck: Row[] = [];
    let frame: string | undefined;
    let kept = false;
    for (const line of lines) {
      const open = this.#open.on(line);
      const device = this.#mailboxes.deviceIn(line);
      if (device !== undefined) {
        this.#sockets.deliver(event, [{ device }]);
        kept = true;
      } else if (send(open?.socket, (frame ??= encode(event)))) countSent(event);
      else {
        absent.push(line);
        // One that is closing says so itself; one that takes nothing is not passed over in silence.
        if (open?.socket.readyState === WebSocket.OPEN) stuck.push(open.connection);
      }
    }
    for (const connection of stuck) this.#attendance.close(connection, closeCodes.behind);
    return { absent, kept };
  }

  note(lines: readonly string[], key: string, text: string): void {
    for (const line of lines) {
      const open = this.#open.on(line);
      if (open) writeNote(open.socket, open.connection.id, key, text);
    }
  }

  notes(key: string): readonly string[] {
    return this.#open.all().flatMap(({ socket }) => readNote(socket, key) ?? []);
  }

  breakOff(line: string): void {
    const live = this.#open.on(line)?.connection;
    const device = this.#mailboxes.deviceIn(line);
    if (device !== undefined) {
      this.#mailboxes.drop(device);
      this.#ledger.drop(device);
    }
    if (live) this.#attendance.close(live, closeCodes.behind);
  }
}
