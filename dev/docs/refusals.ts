/** What comes back for a request: its answers, and which errors when. For the documents. */
import { client, type ClientType, type ServerType } from "../../src/protocol/index.ts";
import { channelRefusals } from "./channel-refusals.ts";
import { refusal, type Refusal } from "./refusal.ts";

const gone = refusal("session_not_found", "Session not found", "the call is over, or never was");
const stranger = refusal("unauthorized", "Not authorized", "the call is other people's");
const failure = (message: string) =>
  refusal("internal_error", message, "Redis or the peer's object is out of reach");

const answer = (message: string): readonly Refusal[] => [
  gone,
  refusal("unauthorized", "Not authorized", "by the caller, or the call is other people's"),
  refusal("invalid_state", "Invalid state transition", "the call is not ringing any more"),
  failure(message),
];

const signal = (message: string): readonly Refusal[] => [
  gone,
  refusal(
    "unauthorized",
    "Not authorized",
    "the call is other people's, or on another device of this user",
  ),
  refusal("invalid_state", "Call not in accepted state", "by the callee, while it rings"),
  refusal("internal_error", message, "the peer is away and its waiting room is full, or a fault"),
];

/** Errors that any frame may get, before anybody looks at its meaning. */
export const frameRefusals: readonly Refusal[] = [
  refusal("invalid_message", "Invalid message format", "the frame is not one JSON object"),
  refusal("invalid_message", "Unknown message type", "`type` is empty or unknown"),
  refusal("invalid_message", "Invalid payload", "`payload` or one of its fields has a wrong type"),
  refusal("message_too_large", "Message too large", "the frame is over the limit of its family"),
  refusal("rate_limited", "Too many messages", "the socket is over its frame budget"),
  refusal("internal_error", "Internal server error", "a defect; the log says which"),
];

const own: Readonly<Record<ClientType, readonly Refusal[]>> = {
  "call.start": [
    refusal("invalid_message", "Cannot call yourself", "the callee is the caller"),
    refusal("rate_limited", "Too many calls", "over 60 starts in a minute; has `retry_after`"),
    refusal("user_offline", "User is offline", "no device of the callee is connected"),
    refusal("user_busy", "User is busy", "caller or callee has a call"),
    refusal("internal_error", "Failed to start call", "a fault; has `retry_after`"),
  ],
  "call.accept": answer("Failed to accept call"),
  "call.reject": answer("Failed to reject call"),
  "call.ignore": answer("Failed to ignore call"),
  "call.end": [gone, stranger, failure("Failed to end call")],
  "call.check": [stranger, failure("Failed to check call")],
  "webrtc.offer": signal("Failed to forward offer"),
  "webrtc.answer": signal("Failed to forward answer"),
  "webrtc.ice": signal("Failed to forward ICE candidate"),
  ...channelRefusals,
};

/** Errors of one request, in the order in which they are tested for. */
export function refusalsOf(type: ClientType): readonly Refusal[] {
  const missing = refusal("invalid_message", client[type].missing, "a required field is missing");
  return [missing, ...own[type]];
}

/** Events that answer a request; none when it succeeds in silence. */
export function answersOf(type: ClientType): readonly string[] {
  const { answer: first } = client[type] as { answer?: string };
  return first === undefined ? [] : [first, ...(otherAnswers[type] ?? [])];
}

const otherAnswers: { readonly [T in ClientType]?: readonly ServerType[] } = {
  "call.start": ["call.joined"],
};
