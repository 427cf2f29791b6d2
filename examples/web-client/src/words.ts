/** All that the client tells people about calls, in plain words. */
import type { Call, CallEnd, ConnectionState, Problem, UserInfo } from "./edgering.ts";

export const displayName = (user: UserInfo): string => user.name ?? user.username ?? user.user_id;

const DEVICE_WORDS: Readonly<Record<string, string>> = {
  microphone_refused:
    "The microphone is blocked. Allow it in the browser’s site settings, then try again.",
  microphone_missing: "No microphone was found. Plug one in, then try again.",
  microphone_busy: "The microphone is in use by another program.",
  microphone_lost:
    "The microphone was disconnected, so the other side cannot hear you. Plug it in, then press Unmute.",
  camera_refused:
    "The camera is blocked. Allow it in the browser’s site settings, or go on with audio only.",
  camera_missing: "No camera was found. You can go on with audio only.",
  camera_busy: "The camera is in use by another program. You can go on with audio only.",
  media_unsupported: "The browser gives microphone and camera only to pages on https or localhost.",
  negotiation_failed: "The two browsers could not agree on a change. The call goes on as it was.",
};

/**
 * Each says what a side sees at the end of a call; `rung` is true for a callee who had not
 * answered.
 */
const END_WORDS: Readonly<
  Record<string, (name: string, seen: { rung: boolean; talked: boolean }) => string>
> = {
  hung_up: (_name, { talked }) => (talked ? "Call ended." : "Call cancelled."),
  rejected: (name) => `You declined the call from ${name}.`,
  page_closed: () => "The call ended because the page was left.",
  declined: (name) => `${name} declined the call.`,
  ended_by_user: (name, { rung }) =>
    rung ? `Missed call from ${name}.` : `${name} ended the call.`,
  peer_disconnected: (name, { rung }) =>
    rung ? `Missed call from ${name}.` : `${name} lost the connection.`,
  no_answer: (name, { rung }) => (rung ? `Missed call from ${name}.` : `${name} did not answer.`),
  unreachable: (name) => `${name} could not be reached.`,
  answered_elsewhere: () => "Answered on another device.",
  declined_elsewhere: () => "Declined on another device.",
  user_offline: (name) => `${name} is offline.`,
  user_busy: (name) => `${name} is busy.`,
  rate_limited: () => "Too many calls in a short time. Wait a moment, then try again.",
  gone: () => "The call is over.",
  not_connected: () => "Not connected to the server. Try again in a moment.",
  connection_lost: () => "The connection was lost, so the call ended.",
  media_failed: () => "The two devices found no way to reach each other, so the call ended.",
  replaced: () => "The call moved to where you signed in last.",
  expired: () => "The call ended because your sign-in ran out.",
  refused: () => "The call ended because the server refused the sign-in.",
};

/** What the service said, when nothing better is known. */
export const problemWords = ({ code, message, retryAfter }: Problem): string => {
  const known = DEVICE_WORDS[code];
  if (known !== undefined) return known;
  const wait = retryAfter === undefined ? "" : ` Try again in ${Math.ceil(retryAfter)} seconds.`;
  return message === undefined
    ? `Something went wrong (${code}).${wait}`
    : `The server says: ${message}.${wait}`;
};

export const endWords = (end: CallEnd): string => {
  const { call, code } = end;
  const seen = {
    rung: call.role === "callee" && (call.phase === "incoming" || call.phase === "answering"),
    talked: call.connectedAt !== undefined,
  };
  return END_WORDS[code]?.(displayName(call.peer), seen) ?? problemWords(end);
};

const PHASE_WORDS: Readonly<Record<Call["phase"], string>> = {
  preparing: "Waiting for your microphone…",
  starting: "Calling…",
  ringing: "Ringing…",
  incoming: "is calling you",
  answering: "Answering…",
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
};

/** The state of a call, to stand below the other side's name. */
export const phaseWords = (call: Call): string => PHASE_WORDS[call.phase];

/** What to say of the other side while its connection is lost. */
export const awayWords = ({ peer, peerAway }: Call): string | undefined =>
  peerAway ? `${displayName(peer)} is reconnecting…` : undefined;

/** The same with the name, to be read out. */
export const spokenPhase = (call: Call): string =>
  awayWords(call) ??
  `${displayName(call.peer)}${call.phase === "incoming" ? " " : ": "}${phaseWords(call)}`;

const CONNECTION_WORDS: Readonly<Record<ConnectionState, string>> = {
  idle: "Not connected",
  connecting: "Connecting…",
  open: "Connected",
  waiting: "Connection lost, trying again…",
  offline: "No network",
  replaced: "Signed in elsewhere",
  expired: "Sign-in ran out",
  refused: "Sign-in refused",
};

export const connectionWords = (state: ConnectionState): string => CONNECTION_WORDS[state];
