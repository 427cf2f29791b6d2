/** What the sender of a request gets back. */
import type { Draft } from "./draft.ts";
import type { Send } from "./operations.ts";
import type { Socket } from "./state.ts";

/** Error codes with the text that existing clients know. */
const errors = {
  self: ["invalid_message", "Cannot call yourself"],
  offline: ["user_offline", "User is offline"],
  busy: ["user_busy", "User is busy"],
  notFound: ["session_not_found", "Session not found"],
  notAuthorized: ["unauthorized", "Not authorized"],
  transition: ["invalid_state", "Invalid state transition"],
  notAccepted: ["invalid_state", "Call not in accepted state"],
} as const;

/** Answers a request with an event. */
export function reply(
  draft: Draft,
  socket: Socket,
  { ref }: Send,
  type: string,
  payload: Readonly<Record<string, unknown>>,
): Draft[] {
  draft.emit([socket], { type, payload, ref });
  return [draft];
}

/** Answers a request with an error. */
export function refuse(
  draft: Draft,
  socket: Socket,
  request: Send,
  why: keyof typeof errors,
): Draft[] {
  const [code, message] = errors[why];
  const session = request.type === "call.start" ? {} : { session_id: request.session };
  const payload = { code, message, ref_type: request.type, ...session };
  return reply(draft, socket, request, "error", payload);
}

/** A request without an answer of its own is acknowledged where the client opted in to resuming. */
export function done(draft: Draft, socket: Socket, request: Send): Draft[] {
  if (socket.resume) reply(draft, socket, request, "ack", { ref_type: request.type });
  return [draft];
}
