/** `call.end` and `call.check`: what either side, on any device, may ask in any state. */
import { ProtocolError, refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import type { Call, Host } from "../feature.ts";
import { overReason } from "./book.ts";
import { finish } from "./ending.ts";
import { callNamed } from "./lookup.ts";

/** Handles `call.end`. */
export async function end(host: Host, call: Call<ClientPayload<"call.end">>): Promise<void> {
  const { connection } = call;
  if (call.again && overReason(host, call.payload.session_id) !== undefined) return;
  const current = await callNamed(host, call.payload.session_id, "Failed to end call");
  const outcome = await finish(host, current, {
    action: "end",
    info: connection.profile,
    by: connection,
  });
  if (outcome !== "ended") throw refuse.notFound();
}

/** Handles `call.check`. A call that is no more is an answer, not an error. */
export async function check(host: Host, call: Call<ClientPayload<"call.check">>): Promise<void> {
  const { session_id } = call.payload;
  try {
    const current = await callNamed(host, session_id, "Failed to check call");
    const caller_id = current.role === "caller" ? host.user : current.peer;
    call.answer({
      type: "call.check_result",
      payload: { session_id, exists: true, state: current.state, caller_id },
    });
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== "session_not_found") throw error;
    call.answer({ type: "call.check_result", payload: { session_id, exists: false } });
  }
}
