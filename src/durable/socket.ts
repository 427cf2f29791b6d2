/** One socket of the runtime, with its faults taken for what they are. */
import type { Outgoing } from "../features/connection.ts";
import { metrics } from "../metrics.ts";
import { ANY } from "../protocol/direct.ts";
import { server } from "../protocol/index.ts";

/** The connection that a socket's attachment names; empty when it is not one of ours. */
export function idOf(socket: WebSocket): string {
  const known = ids.get(socket);
  if (known !== undefined) return known;
  const attachment = socket.deserializeAttachment() as { id?: string } | null;
  const id = attachment?.id ?? "";
  if (id !== "") ids.set(socket, id);
  return id;
}

/** Ids by socket: an attachment is decoded at every reading. */
const ids = new WeakMap<WebSocket, string>();

/** Sends a frame; false when the socket cannot take it. */
export function send(socket: WebSocket | undefined, frame: string): boolean {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  try {
    socket.send(frame);
    return true;
  } catch {
    // The socket broke just now; its close event will say so.
    return false;
  }
}

/** Close codes that may be received but not sent (RFC 6455 section 7.4). */
const UNSENDABLE = new Set([1004, 1005, 1006, 1015]);

/** Closes a socket, unless it is closing already. A code that may not be sent becomes 1000. */
export function close(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  const sendable = code >= 1000 && code <= 4999 && !UNSENDABLE.has(code);
  try {
    socket.close(sendable ? code : 1000, reason);
  } catch {
    // It was closing already.
  }
}

/** Counts an event that a client was sent. */
export function countSent({ type }: Outgoing): void {
  // Clients may invent types of direct messages; a label has few values.
  const known = Object.hasOwn(server, type) ? type : ANY;
  metrics.count("edgering_messages_total", { direction: "out", type: known });
}
