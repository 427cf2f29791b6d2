/** Apple Push Notification service, by provider tokens. */
import type { PushNote, PushResult, PushTarget } from "../core/push.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import { post, resultOf, type Answered } from "./http-attempt.ts";
import { displayOf, fit, seconds, TYPES } from "./push-payload.ts";
import type { ApnsSettings } from "./push-settings.ts";
import type { Mint } from "./push-tokens.ts";

type IosTarget = Extract<PushTarget, { os: "ios" }>;

const HOSTS = {
  production: "https://api.push.apple.com",
  sandbox: "https://api.sandbox.push.apple.com",
} as const;

/** Apple's limits, in bytes. */
const VOIP_BYTES = 5_120;
const OTHER_BYTES = 4_096;
const CANCEL_SECONDS = 30;
const MISSED_SECONDS = 86_400;

/** Refusals of the provider token, which say nothing about the device. */
const STALE: ReadonlySet<string> = new Set(["ExpiredProviderToken", "InvalidProviderToken"]);

/** Sends one notification. An incoming ring, and nothing else, is a VoIP push. */
export function sendApns(
  settings: ApnsSettings,
  mint: Mint,
  target: IosTarget,
  note: PushNote,
): Promise<PushResult> {
  const home = settings.isProduction ? "production" : "sandbox";
  const base = settings.baseUrl ?? HOSTS[target.environment ?? home];
  const body = fit(note.caller, note.kind === "ring" ? VOIP_BYTES : OTHER_BYTES, (caller) =>
    bodyOf(note, caller),
  );
  return mint(async (bearer) => {
    const headers = {
      authorization: `bearer ${bearer}`,
      "content-type": "application/json",
      "apns-collapse-id": note.session,
      ...headersOf(note, settings.bundle, seconds(Date.now())),
    };
    const answered = await post(`${base}/3/device/${target.token}`, headers, body);
    const { reason, timestamp } = reasonOf(answered.body);
    const isStale = answered.status === 403 && STALE.has(reason);
    return { result: readAnswer(answered, reason, timestamp), isStale };
  });
}

function headersOf(note: PushNote, bundle: string, now: number): Record<string, string> {
  switch (note.kind) {
    case "ring":
      return {
        "apns-topic": `${bundle}.voip`,
        "apns-push-type": "voip",
        "apns-priority": "10",
        "apns-expiration": String(seconds(note.ringUntil)),
      };
    case "cancel":
      return {
        "apns-topic": bundle,
        "apns-push-type": "background",
        "apns-priority": "5",
        "apns-expiration": String(now + CANCEL_SECONDS),
      };
    case "missed":
      return {
        "apns-topic": bundle,
        "apns-push-type": "alert",
        "apns-priority": "10",
        "apns-expiration": String(now + MISSED_SECONDS),
      };
  }
}

function bodyOf(note: PushNote, caller: UserInfo): Record<string, unknown> {
  const display = displayOf(caller);
  const about = { type: TYPES[note.kind], session_id: note.session, caller_id: caller.user_id };
  const { username: caller_username, image_profile: caller_image } = caller;
  switch (note.kind) {
    case "ring":
      return {
        aps: {
          alert: { title: "Incoming Call", body: `${display} is calling...` },
          "content-available": 1,
        },
        ...about,
        callerName: display,
        handle: display,
        ...(caller_username ? { caller_username } : {}),
        ...(caller_image ? { caller_image } : {}),
        expires_at: seconds(note.ringUntil),
        ...(note.callToken === undefined ? {} : { call_token: note.callToken }),
      };
    case "cancel":
      return { aps: { "content-available": 1 }, ...about };
    case "missed":
      return {
        aps: { alert: { title: "Missed call", body: display }, sound: "default" },
        ...about,
        callerName: display,
      };
  }
}

function readAnswer(answered: Answered, reason: string, timestamp?: number): PushResult {
  const { status } = answered;
  if (status === 410) {
    return { outcome: "dead", ...(timestamp === undefined ? {} : { since: timestamp }) };
  }
  if (status === 400 && reason === "BadDeviceToken") return { outcome: "dead" };
  return resultOf(answered, reason);
}

function reasonOf(body: string): { reason: string; timestamp?: number } {
  try {
    const { reason, timestamp } = JSON.parse(body) as { reason?: unknown; timestamp?: unknown };
    return {
      reason: typeof reason === "string" ? reason : "",
      ...(typeof timestamp === "number" ? { timestamp } : {}),
    };
  } catch {
    return { reason: "" };
  }
}
