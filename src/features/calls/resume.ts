/** A new socket takes the place of an older one of the device that a call belongs to. */
import { takenOver, without, type LiveCall } from "../../core/live-call.ts";
import type { Connection } from "../connection.ts";
import type { Host } from "../feature.ts";
import { saveCall } from "./book.ts";
import { takeWaiting } from "./waiting-room.ts";

/**
 * Gives the call to the socket: `call.resumed`, then what waited. A client that opted in to resuming
 * claims it by that; another one has yet to. `complete`: the client has missed nothing.
 */
export function resume(
  host: Host,
  call: LiveCall,
  connection: Connection,
  complete: boolean = false,
): void {
  const { graceMs } = host.settings;
  const mine = connection.resume
    ? without(without(call, "graceUntil"), "unclaimed")
    : takenOver(call, host.now(), graceMs);
  saveCall(host, mine);
  if (complete) return;
  const { session, state, role, peer, peerInfo } = call;
  const payload = {
    session_id: session,
    state,
    role,
    peer_id: peer,
    ...(peerInfo ? { peer_info: peerInfo } : {}),
  };
  host.sockets.deliver({ type: "call.resumed", payload }, [connection]);
  for (const event of takeWaiting(host)) host.sockets.deliver(event, [connection]);
}
