/** How events reach the devices of one user: by their sockets, and by their mailboxes. */
import type { Connection, Device, Outgoing, Sockets } from "../features/connection.ts";
import { metrics } from "../metrics.ts";
import { encode } from "../wire/codec.ts";
import type { LostDevices } from "./lost-devices.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { OpenSockets } from "./open-sockets.ts";
import type { RequestLedger } from "./request-ledger.ts";
import { countSent, send } from "./socket.ts";

/** Room for what an event becomes besides its payload. */
const FRAME_BYTES = 128;
/** A guest socket never receives anything else. */
const FOR_GUESTS = "new_message";

const ANSWERS: ReadonlySet<string> = new Set(["ack", "error"]);

/**
 * What an answer tells a client that has started over since: its references are its own, and what it
 * does not know to have asked is no answer.
 */
function withoutAnswer(event: Outgoing): Outgoing | undefined {
  if (ANSWERS.has(event.type)) return undefined;
  if (!("ref" in event)) return event;
  const { ref: _, ...news } = event;
  return news;
}

/** Delivers to devices. */
export class UserSockets implements Sockets {
  readonly #open: OpenSockets;
  readonly #lost: LostDevices;
  readonly #mailboxes: Mailboxes;
  readonly #ledger: RequestLedger;

  constructor(open: OpenSockets, lost: LostDevices, mailboxes: Mailboxes, ledger: RequestLedger) {
    this.#open = open;
    this.#lost = lost;
    this.#mailboxes = mailboxes;
    this.#ledger = ledger;
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

  isAnswered(device: string, ref: string): boolean {
    return this.#ledger.isAnswered(device, ref);
  }

  reopen(device: string, ref: string): void {
    this.#ledger.reopen(device, ref);
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
    if (connection.resume) {
      const { line, device } = connection;
      const news = this.#mailboxes.epochOf(device) === line ? event : withoutAnswer(event);
      if (news) this.deliver(news, [connection]);
    } else if (send(this.#open.by(connection.id)?.socket, encode(event))) countSent(event);
  }

  lastLost(): number | undefined {
    return this.#lost.last();
  }
}
