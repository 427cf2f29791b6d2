/** Which call a request means, and whether this user may mean it. */
import { overdue, type LiveCall } from "../../core/live-call.ts";
import { StoreUnavailable } from "../../core/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import type { Host } from "../feature.ts";
import { liveCall, overReason } from "./book.ts";
import { finish } from "./ending.ts";

/**
 * The user's live call of that id. Only a session this object has never heard of costs a look into
 * the store, to tell a stranger's call from none.
 *
 * @param failure text of the error when the store cannot be asked
 * @throws {ProtocolError} `session_not_found`, `unauthorized`, or `internal_error` with `failure`
 */
export async function callNamed(host: Host, session: string, failure: string): Promise<LiveCall> {
  const call = liveCall(host);
  if (call?.session === session) {
    const late = overdue(call, host.now());
    if (!late) return call;
    await finish(host, call, { action: late });
    throw refuse.notFound();
  }
  if (overReason(host, session) !== undefined) throw refuse.notFound();
  const stored = await host.calls.find(session).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) throw refuse.failed(failure, error);
    throw error;
  });
  const mine = stored && (stored.caller === host.user || stored.callee === host.user);
  throw stored && !mine ? refuse.notAuthorized() : refuse.notFound();
}
