/** How far a ring got, for callers that want to know. */
import type { Stage } from "../../protocol/push.ts";
import { announce } from "../calls/announce.ts";
import { liveCall } from "../calls/book.ts";
import { PeerUnreachable, type Host, type PeerHandler } from "../feature.ts";

/** Tells the caller's object; nobody depends on it. `of`: the device, whose name is told if it has one. */
export function report(
  host: Host,
  session: string,
  stage: Stage,
  of?: { readonly name?: string; readonly label?: string; readonly labelled?: boolean },
): void {
  const call = liveCall(host);
  if (call?.session !== session || call.role !== "callee" || !call.progress) return;
  const device = of?.label ?? (of?.labelled ? of.name : undefined);
  const message = { session, stage, ...(device === undefined ? {} : { device }) };
  const told = host.peers.send(call.peer, "call.progress", message).catch((error: unknown) => {
    if (!(error instanceof PeerUnreachable)) throw error;
  });
  host.background(told);
}

/** The callee's object says how far the ring got. */
export const onProgress: PeerHandler<"call.progress"> = (host, from, message) => {
  const { session, stage, device } = message;
  const call = liveCall(host);
  const mine = call?.session === session && call.role === "caller" && call.peer === from;
  if (!mine || call.state !== "ringing" || !call.progress || call.device === undefined) return null;
  // It may overtake the answer to the ring itself.
  announce(host, call);
  const payload = { session_id: session, stage, ...(device === undefined ? {} : { device }) };
  host.sockets.deliver({ type: "call.progress", payload }, [{ device: call.device }]);
  return null;
};
