/**
 * Error codes and close codes: everything known about each in one row.
 *
 * Codes are for programs and never change. The message belongs to the place that raises the error,
 * because existing clients know it too.
 */

/** What each error code means, the SIP status nearest to it (RFC 3261 section 21), and the advice. */
export const errorCodes = {
  invalid_message: { sip: 400, advice: "Mend the request; sending it again cannot help." },
  message_too_large: { sip: 513, advice: "Send less in one frame." },
  rate_limited: { sip: 480, advice: "Send more slowly; the request had no effect." },
  unauthorized: { sip: 403, advice: "This user, or this device, may not do that." },
  room_not_found: { sip: 404, advice: "The room is gone: create it, or ask for another." },
  peer_not_found: { sip: 404, advice: "The peer has left the room." },
  user_offline: { sip: 480, advice: "Try again later." },
  user_busy: { sip: 486, advice: "Try again later." },
  session_not_found: { sip: 481, advice: "The call is over: return to idle." },
  invalid_state: { sip: 491, advice: "Wait for the call to reach the state that allows it." },
  limit_exceeded: { sip: 480, advice: "Give something up first." },
  internal_error: { sip: 500, advice: "Try again after `retry_after` seconds, if given." },
} as const;

/** A stable error code of the wire. */
export type ErrorCode = keyof typeof errorCodes;

/** Facts that an error may carry besides its code and message. */
export interface ErrorDetails {
  readonly session_id?: string;
  readonly channel?: string;
  readonly to?: string;
  /** Seconds after which trying again makes sense. */
  readonly retry_after?: number;
}

/**
 * A refusal that belongs to the client: it becomes an `error` frame on the offending socket, which
 * stays open. Any other throw is a defect and becomes `internal_error`.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** Advice to a client whose call could not be started. */
const RETRY_AFTER_SECONDS = 2;

/** Refusals that more than one place raises, with the wording clients know. */
export const refuse = {
  format: () => new ProtocolError("invalid_message", "Invalid message format"),
  type: () => new ProtocolError("invalid_message", "Unknown message type"),
  payload: (message = "Invalid payload") => new ProtocolError("invalid_message", message),
  missing: (message: string) => new ProtocolError("invalid_message", message),
  tooLarge: () => new ProtocolError("message_too_large", "Message too large"),
  tooMany: () => new ProtocolError("rate_limited", "Too many messages"),
  tooManyChannels: () => new ProtocolError("limit_exceeded", "Too many channels"),
  notFound: () => new ProtocolError("session_not_found", "Session not found"),
  notAuthorized: () => new ProtocolError("unauthorized", "Not authorized"),
  transition: () => new ProtocolError("invalid_state", "Invalid state transition"),
  notAccepted: () => new ProtocolError("invalid_state", "Call not in accepted state"),
  roomNotFound: () => new ProtocolError("room_not_found", "Room not found"),
  noPending: () => new ProtocolError("invalid_state", "No pending request"),
  peerNotFound: () => new ProtocolError("peer_not_found", "Peer not found"),
  offline: () => new ProtocolError("user_offline", "User is offline"),
  busy: () => new ProtocolError("user_busy", "User is busy"),
  start: (cause: unknown) =>
    new ProtocolError(
      "internal_error",
      "Failed to start call",
      { retry_after: RETRY_AFTER_SECONDS },
      cause,
    ),
  failed: (message: string, cause?: unknown) =>
    new ProtocolError("internal_error", message, {}, cause),
} as const;

/** A refusal as it is; anything else as a failure with that message. */
export function refusalOr(error: unknown, message: string): ProtocolError {
  return error instanceof ProtocolError ? error : refuse.failed(message, error);
}

/** Close codes that the service itself sends, with the advice a client needs. */
export const closeCodes = {
  replaced: {
    code: 4001,
    reason: "replaced",
    advice: "Another socket of this device took over. Do not reconnect by yourself.",
  },
  tokenExpired: {
    code: 4002,
    reason: "token_expired",
    advice: "Get a new token, then connect again.",
  },
  silent: {
    code: 4003,
    reason: "silent",
    advice: "The client promised to send `ping` and fell silent. Connect again and resume.",
  },
  behind: {
    code: 4004,
    reason: "behind",
    advice: "The connection could not take its events. Connect and subscribe again, with `since`.",
  },
  tooBig: {
    code: 1009,
    reason: "message too big",
    advice: "The frame was over 1 MiB and was not read. Connect again and send less.",
  },
} as const;
