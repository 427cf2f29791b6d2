/** The first frame of a client that resumes, and what it has missed. */
import type { Connection } from "../features/feature.ts";
import { hooks } from "../features/index.ts";
import { HEARTBEAT_SECONDS, RECONNECT_JITTER_MS } from "../protocol/resume.ts";
import { encode } from "../wire/codec.ts";
import type { Shell } from "./host.ts";

/**
 * Sends `welcome`, then the frames that were missed.
 *
 * @param missed nothing when the client has to start over; it then gets a snapshot to start from
 */
export function welcome(
  { host, mailboxes, sockets }: Shell,
  connection: Connection,
  missed: readonly string[] | undefined,
): void {
  const position = mailboxes.position(connection.device);
  if (!position) return;
  const calls = hooks.flatMap((hook) => [...(hook.snapshot?.(host, connection) ?? [])]);
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
  sockets.sendFrame(encode({ type: "welcome", payload }), connection);
  for (const frame of missed ?? []) sockets.sendFrame(frame, connection);
}
