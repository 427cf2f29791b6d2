/** The first frame of a client that resumes, and what it has missed. */
import type { Connection } from "../features/connection.ts";
import type { Host } from "../features/feature.ts";
import { hooks } from "../features/index.ts";
import { HEARTBEAT_SECONDS, RECONNECT_JITTER_MS, type CallSnapshot } from "../protocol/resume.ts";
import { encode } from "../wire/codec.ts";
import type { Shell } from "./host.ts";

/**
 * Sends `welcome`, then the frames that were missed.
 *
 * @param missed nothing when the client has to start over; it then gets a snapshot to start from
 */
export function welcome(
  { host, mailboxes, attendance }: Shell,
  connection: Connection,
  missed: readonly string[] | undefined,
): void {
  const position = mailboxes.position(connection.device);
  if (!position) return;
  const calls = snapshotOf(host, connection);
  const payload = {
    connection_id: connection.id,
    epoch: position.epoch,
    seq: position.seq,
    resume_token: position.resumeToken,
    heartbeat_seconds: HEARTBEAT_SECONDS,
    reconnect_jitter_ms: RECONNECT_JITTER_MS,
    server_time: host.now(),
    resumed: missed !== undefined,
    calls,
  };
  attendance.sendFrame(encode({ type: "welcome", payload }), connection);
  for (const frame of missed ?? []) attendance.sendFrame(frame, connection);
}

/** What goes on for this user, as a connection has to know it. */
export function snapshotOf(host: Host, connection: Connection): CallSnapshot[] {
  return hooks.flatMap((hook) => [...(hook.snapshot?.(host, connection) ?? [])]);
}
