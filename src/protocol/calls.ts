/** Messages of one-to-one calls. */
import * as z from "zod";
import type { ClientMessage, ServerMessage } from "./message.ts";
import { userInfo } from "./user-info.ts";

const CALL_FRAME_BYTES = 524_288;

const sessionId = z.string().min(1).describe("Id of the call, a UUID v4 made by the service");
const session = z.object({ session_id: sessionId });
const state = z.enum(["ringing", "accepted"]);
const role = z.enum(["caller", "callee"]);

const description = z.object({
  session_id: sessionId,
  sdp: z.string().min(1).describe("Session description (RFC 8866)"),
});

const candidate = z.object({
  session_id: sessionId,
  candidate: z.string().nullish().describe("Absent, null or empty: end of candidates (RFC 8838)"),
  sdpMid: z.string().nullish(),
  sdpMLineIndex: z.int().nullish(),
});

const request = <T extends z.ZodObject>(
  payload: T,
  missing: string,
  doc: string,
  answer?: string,
) => ({
  payload,
  missing,
  limit: CALL_FRAME_BYTES,
  doc,
  ...(answer === undefined ? {} : { answer }),
});

const MISSING_SESSION = "Missing session_id";
const MISSING_DESCRIPTION = "Missing session_id or sdp";

/** Requests of call clients. */
export const callRequests = {
  "call.start": request(
    z.object({
      callee_id: z.string().min(1).describe("User to ring"),
      callee_device_token: z.string().optional().describe("Push token known to the caller"),
      callee_os: z.string().optional().describe("`android` or `ios`"),
      ring_timeout: z.int().min(5).max(180).optional().describe("Seconds the call may ring"),
      progress: z.boolean().optional().describe("`true`: say how far the ring gets"),
      glare: z.string().optional().describe("`join`: when both call each other, make it one call"),
    }),
    "Missing callee_id",
    "Rings a user. The callee gets `call.ring`.",
    "call.ringing",
  ),
  "call.accept": request(session, MISSING_SESSION, "Takes a ringing call, by the callee."),
  "call.reject": request(session, MISSING_SESSION, "Declines a ringing call, by the callee."),
  "call.ignore": request(session, MISSING_SESSION, "Silences a ringing call on this device only."),
  "call.end": request(session, MISSING_SESSION, "Ends a call in any state, by either side."),
  "call.check": request(
    session,
    MISSING_SESSION,
    "Asks whether a call still lives.",
    "call.check_result",
  ),
} satisfies Record<string, ClientMessage>;

/** Requests that are relayed to the peer as they are. */
export const signalRequests = {
  "webrtc.offer": request(description, MISSING_DESCRIPTION, "Relays an offer to the peer."),
  "webrtc.answer": request(description, MISSING_DESCRIPTION, "Relays an answer to the peer."),
  "webrtc.ice": request(candidate, MISSING_SESSION, "Relays a candidate to the peer."),
} satisfies Record<string, ClientMessage>;

/** Why a call ended. */
export const endReasons = {
  ended_by_user: "The other side hung up, or the caller gave up while it rang.",
  peer_disconnected: "The other side's socket was lost and did not return in time.",
  no_answer: "Nobody answered within the ring timeout.",
  unreachable: "No device could be reached.",
  answered_elsewhere: "Another device of the callee took the call.",
  declined_elsewhere: "Another device of the callee declined the call.",
  replaced: "A newer call took the place of this one.",
} as const;

/** Reason of a `call.ended`. */
export type EndReason = keyof typeof endReasons;

const reason = z.enum(Object.keys(endReasons) as [EndReason, ...EndReason[]]);

/** Events of calls. */
export const callEvents = {
  "call.ring": {
    payload: z.object({
      session_id: sessionId,
      caller_id: z.string(),
      caller_info: userInfo,
      glare: z.literal(true).optional().describe("The user called its caller at the same time"),
    }),
    doc: "A call for this user. Sent again to a device that connects while it rings.",
  },
  "call.ringing": {
    payload: z.object({ session_id: sessionId, callee_id: z.string() }),
    doc: "The callee is being rung. Answers `call.start`.",
  },
  "call.accepted": {
    payload: z.object({ session_id: sessionId, callee_info: userInfo }),
    doc: "The callee took the call. Sent to the calling device.",
  },
  "call.rejected": {
    payload: z.object({ session_id: sessionId, callee_info: userInfo }),
    doc: "The callee declined. The call is over.",
  },
  "call.joined": {
    payload: z.object({
      session_id: sessionId,
      caller_id: z.string(),
      caller_info: userInfo,
      role: z.literal("callee"),
    }),
    doc: 'Answers a `call.start` with `"glare":"join"` when the other side called first: that call is now accepted.',
  },
  "call.ended": {
    payload: z.object({
      session_id: sessionId,
      reason,
      peer_info: userInfo.optional().describe("The user who ended it, with `ended_by_user`"),
      device: z.string().optional().describe("Device that answered or declined, when labelled"),
    }),
    doc: "The call is over.",
  },
  "call.check_result": {
    payload: z.object({
      session_id: sessionId,
      exists: z.boolean(),
      state: state.optional().describe("Present when `exists` is true"),
      caller_id: z.string().optional().describe("Present when `exists` is true"),
    }),
    doc: "Answers `call.check`.",
  },
  "call.resumed": {
    payload: z.object({
      session_id: sessionId,
      state,
      role,
      peer_id: z.string(),
      peer_info: userInfo.optional(),
    }),
    doc: "This socket took over a call. Name the session in any message within the grace to keep it.",
  },
  "call.active": {
    payload: z.object({ session_id: sessionId, device: z.string().optional() }),
    doc: "The user is in a call on another device. Sent to devices that opted in to resuming.",
  },
  "call.waiting": {
    payload: z.object({ caller_id: z.string(), caller_info: userInfo }),
    doc: "Somebody else calls the user, who is in a call. The caller was told that the user is busy.",
  },
  "call.peer_reconnecting": {
    payload: z.object({
      session_id: sessionId,
      deadline: z
        .int()
        .describe("When the call ends unless the peer is back, in milliseconds since the epoch"),
    }),
    doc: "The peer has lost its connection. Sent to devices that opted in to resuming.",
  },
  "call.peer_reconnected": {
    payload: session,
    doc: "The peer is back. Sent to devices that opted in to resuming.",
  },
  "webrtc.offer": { payload: description, doc: "The peer's offer, as sent." },
  "webrtc.answer": { payload: description, doc: "The peer's answer, as sent." },
  "webrtc.ice": { payload: candidate, doc: "The peer's candidate, as sent." },
} satisfies Record<string, ServerMessage>;

/** State of a live call. */
export type CallState = z.output<typeof state>;
/** A user's part in a call. */
export type Role = z.output<typeof role>;
