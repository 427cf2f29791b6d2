import { describe, expect, test } from "vitest";
import {
  closeCodes,
  errorCodes,
  ProtocolError,
  refuse,
  type ErrorCode,
} from "../../src/protocol/errors.ts";

describe("error codes", () => {
  test.each(Object.entries(errorCodes))("%s has advice and a SIP status", (code, row) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(row.advice).toMatch(/^[A-Z].*\.$/);
    expect(row.sip).toBeGreaterThanOrEqual(400);
    expect(row.sip).toBeLessThan(700);
  });

  test("are those of the wire, and no others", () => {
    expect(Object.keys(errorCodes).toSorted()).toEqual(
      [
        "internal_error",
        "limit_exceeded",
        "invalid_message",
        "invalid_state",
        "message_too_large",
        "peer_not_found",
        "rate_limited",
        "room_not_found",
        "session_not_found",
        "unauthorized",
        "user_busy",
        "user_offline",
      ].toSorted(),
    );
  });
});

describe("refusals", () => {
  // The wording is known to existing clients.
  const wording: [refusal: ProtocolError, code: ErrorCode, message: string][] = [
    [refuse.format(), "invalid_message", "Invalid message format"],
    [refuse.type(), "invalid_message", "Unknown message type"],
    [refuse.payload(), "invalid_message", "Invalid payload"],
    [refuse.missing("Missing session_id"), "invalid_message", "Missing session_id"],
    [refuse.tooLarge(), "message_too_large", "Message too large"],
    [refuse.tooMany(), "rate_limited", "Too many messages"],
    [refuse.tooManyChannels(), "limit_exceeded", "Too many channels"],
    [refuse.notFound(), "session_not_found", "Session not found"],
    [refuse.notAuthorized(), "unauthorized", "Not authorized"],
    [refuse.transition(), "invalid_state", "Invalid state transition"],
    [refuse.notAccepted(), "invalid_state", "Call not in accepted state"],
    [refuse.roomNotFound(), "room_not_found", "Room not found"],
    [refuse.noPending(), "invalid_state", "No pending request"],
    [refuse.peerNotFound(), "peer_not_found", "Peer not found"],
    [refuse.offline(), "user_offline", "User is offline"],
    [refuse.busy(), "user_busy", "User is busy"],
    [refuse.start(undefined), "internal_error", "Failed to start call"],
    [refuse.failed("Failed to end call"), "internal_error", "Failed to end call"],
  ];

  test.each(wording)("%s is %s with its own text", (refusal, code, message) => {
    expect(refusal).toBeInstanceOf(ProtocolError);
    expect({ code: refusal.code, message: refusal.message }).toEqual({ code, message });
  });

  test("have their wording checked, all of them", () => {
    expect(wording).toHaveLength(Object.keys(refuse).length);
  });

  test("keep their cause for the log, and only their details for the client", () => {
    const cause = new Error("redis.internal refused token abc");
    const refusal = refuse.start(cause);
    expect(refusal.cause).toBe(cause);
    expect(refusal.details).toEqual({ retry_after: 2 });
    expect(refusal.message).not.toContain("abc");
  });
});

describe("close codes", () => {
  test.each(Object.entries(closeCodes))("%s can be sent, and has advice", (_, row) => {
    expect(row.code === 1009 || (row.code >= 4000 && row.code < 5000)).toBe(true);
    expect(new TextEncoder().encode(row.reason).byteLength).toBeLessThanOrEqual(123);
    expect(row.advice).toMatch(/^[A-Z].*\.$/);
  });

  test("are those of the wire", () => {
    const rows = Object.values(closeCodes).map(({ code, reason }) => [code, reason]);
    expect(rows).toContainEqual([4001, "replaced"]);
    expect(rows).toContainEqual([4002, "token_expired"]);
    expect(rows.map(([code]) => code)).toContain(1009);
  });
});
