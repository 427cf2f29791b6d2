/** `call.ringing`: the caller learns that the callee is being rung. */
import type { LiveCall } from "../../core/live-call.ts";
import type { Host } from "../feature.ts";
import { saveCall } from "./book.ts";

/** Sends `call.ringing` to the calling device, once, and never after what must follow it. */
export function announce(host: Host, call: LiveCall): LiveCall {
  if (call.announced || call.device === undefined) return call;
  const { ref, ...rest } = call;
  const payload = { session_id: call.session, callee_id: call.peer };
  host.sockets.deliver({ type: "call.ringing", payload, ...(ref === undefined ? {} : { ref }) }, [
    { device: call.device },
  ]);
  return saveCall(host, { ...rest, announced: true });
}
