/** Two users call each other at once: the call created first survives. */
import type { BusyLock } from "../../core/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import type { Call, Host } from "../feature.ts";
import { joinCall } from "./answer.ts";
import { liveCall, overReason } from "./book.ts";
import { failStart } from "./ring-peer.ts";

type StartCall = Call<ClientPayload<"call.start">>;

/** Somebody else was first. */
export async function meetRival(
  host: Host,
  call: StartCall,
  callee: string,
  lock: BusyLock,
): Promise<void> {
  const glare = lock.side === "caller" && lock.role === "callee" && lock.peer === callee;
  if (!glare) throw refuse.busy();
  await meetGlare(host, call, lock.session, callee);
}

/** Both called each other, and the other call came first. */
export async function meetGlare(
  host: Host,
  call: StartCall,
  session: string,
  caller: string,
): Promise<void> {
  const key = { session, caller, callee: host.user };
  const wanted = call.payload.glare === "join";
  if (wanted && (await joinCall(host, call, key).catch(failStart))) return;
  call.refuse(refuse.busy());
  const ring = liveCall(host);
  if (ring?.session !== session) {
    // The ring is still on its way, if it lives; it will say so when it comes.
    if (overReason(host, session) === undefined)
      host.storage.put("glare", { session, device: call.connection.device });
  } else if (ring.state === "ringing") {
    const payload = {
      session_id: session,
      caller_id: caller,
      caller_info: ring.peerInfo ?? { user_id: caller },
      glare: true as const,
    };
    host.sockets.deliver({ type: "call.ring", payload }, [call.connection]);
  }
}
