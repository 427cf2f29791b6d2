/** Messages about reaching people who are not connected: push routes, and what came of a ring. */
import * as z from "zod";
import type { ClientMessage, ServerMessage } from "./message.ts";

const FRAME_BYTES = 524_288;
/** Longest token of a device, in UTF-16 code units. */
export const MAX_TOKEN = 4_096;
const MAX_ENDPOINT = 2_048;
/** Lengths of a subscription's keys, in bytes (RFC 8291 sections 2.1 and 3.2). */
const P256DH_BYTES = 65;
const AUTH_BYTES = 16;

const label = z.string().min(1).max(128);
const token = z.string().max(MAX_TOKEN);
const hexToken = z
  .string()
  .max(MAX_TOKEN)
  .regex(/^[0-9a-f]+$/i);

const base64url = (bytes: number) =>
  z
    .string()
    .max(4 * bytes)
    .refine((text) => bytesOf(text) === bytes);

/** Length of what a base64url text stands for, padding allowed; NaN when it is none. */
function bytesOf(text: string): number {
  const bare = text.replace(/=+$/, "");
  return /^[\w-]+$/.test(bare) && bare.length % 4 !== 1 ? Math.floor((bare.length * 3) / 4) : NaN;
}

const subscription = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(MAX_ENDPOINT),
  keys: z.object({ p256dh: base64url(P256DH_BYTES), auth: base64url(AUTH_BYTES) }),
});

/** A browser's subscription, as `PushSubscription.toJSON()` gives it. */
export type WebSubscription = z.output<typeof subscription>;

const os = z.enum(["android", "ios", "web"]);

/** Kind of a push route, which decides the provider. */
export type PushOs = z.output<typeof os>;

const environment = z.enum(["production", "sandbox"]);

/** Which of Apple's two services knows a token. */
export type ApnsEnvironment = z.output<typeof environment>;

/** What a device says of itself, by socket or by HTTP. */
export const registration = z.object({
  os,
  token: token.optional().describe("FCM token, or VoIP token in hexadecimal"),
  alert_token: token.optional().describe("iOS: token for ordinary pushes, in hexadecimal"),
  environment: environment.optional().describe("iOS: which service of Apple knows the tokens"),
  subscription: subscription.optional().describe("web: the browser's push subscription"),
});

/** A registration whose fields have the right types; which of them `os` needs is yet to be checked. */
export type Registration = z.output<typeof registration>;

/** What is wrong with a registration, in the words of the wire; nothing when it can be used. */
export function faultOf(given: Registration): string | undefined {
  if (given.os === "web")
    return given.subscription === undefined ? "Missing subscription" : undefined;
  if (!given.token) return "Missing token";
  if (given.os === "android") return undefined;
  const tokens = [given.token, given.alert_token ?? given.token];
  return tokens.every((one) => hexToken.safeParse(one).success) ? undefined : "Invalid payload";
}

/** Whether a text can be an APNs token. */
export function isHexToken(text: string): boolean {
  return hexToken.safeParse(text).success;
}

const device = label.optional().describe("Label of the device; default: the socket's own");
const sessionId = z.string().min(1).describe("Id of the call");

export const pushRequests = {
  "push.register": {
    payload: z.object({ device, ...registration.shape }),
    missing: { os: "Missing os" },
    limit: FRAME_BYTES,
    doc: "Makes a device reachable by push. A user may have ten; the longest unrenewed makes room.",
    answer: "push.registered",
  },
  "push.unregister": {
    payload: z.object({ device }),
    missing: "Missing device",
    limit: FRAME_BYTES,
    doc: "Forgets a device's push route.",
    answer: "push.unregistered",
  },
  "call.ring_ack": {
    payload: z.object({ session_id: sessionId }),
    missing: "Missing session_id",
    limit: FRAME_BYTES,
    doc: "Says that `call.ring` arrived. From sockets with `?ack=1`, whose device is pushed when no ack comes.",
  },
} satisfies Record<string, ClientMessage>;

/** What is known of the way to a device. */
export const stages = {
  notified: "A provider took the push.",
  ringing: "The device said that it rings.",
  unreachable: "The push was refused for good.",
} as const;

/** A stage of `call.progress`. */
export type Stage = keyof typeof stages;

export const pushEvents = {
  "push.registered": {
    payload: z.object({ device: z.string(), os }),
    doc: "Answers `push.register`.",
  },
  "push.unregistered": {
    payload: z.object({ device: z.string() }),
    doc: "Answers `push.unregister`.",
  },
  "call.progress": {
    payload: z.object({
      session_id: sessionId,
      device: z.string().optional().describe("Label of the callee's device"),
      stage: z.enum(Object.keys(stages) as [Stage, ...Stage[]]),
    }),
    doc: "How far the ring got. Only for a `call.start` with `progress: true`.",
  },
} satisfies Record<string, ServerMessage>;
