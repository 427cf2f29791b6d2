/**
 * What is behind a seat. On a channel a seat is the connection's line itself. In a chat room each entry
 * is a seat of its own, `<line>#<entry>`, so that nothing of a former stay reaches the connection.
 */
import type { Host } from "./feature.ts";

const ROW = "chat:";

/** The chat room that a connection is in. */
export interface Stay {
  readonly room: string;
  readonly seat: string;
}

/** The line behind a seat. */
export function lineOf(seat: string): string {
  const end = seat.indexOf("#");
  return end < 0 ? seat : seat.slice(0, end);
}

/** Where a line is, if it is in a room. */
export function stayOf(host: Host, line: string): Stay | undefined {
  return host.storage.get<Stay>(ROW + line);
}

/** Writes down where a line is. */
export function keepStay(host: Host, line: string, stay: Stay): void {
  host.storage.put(ROW + line, stay);
}

/** Whether a seat still counts: a chat seat only while its connection is in that room. */
export function isCurrent(host: Host, seat: string): boolean {
  const line = lineOf(seat);
  return line === seat || stayOf(host, line)?.seat === seat;
}

/** What is behind a seat. */
export function standingOf(
  host: Host,
  seat: string,
  lines: ReadonlyMap<string, "live" | "away">,
): "live" | "away" | "gone" {
  return isCurrent(host, seat) ? (lines.get(lineOf(seat)) ?? "gone") : "gone";
}

/** Forgets where connections were that are gone. */
export function forgetStays(host: Host): void {
  const lines = host.lines.all();
  for (const [key] of host.storage.list<Stay>(ROW)) {
    if (!lines.has(key.slice(ROW.length))) host.storage.delete(key);
  }
}
