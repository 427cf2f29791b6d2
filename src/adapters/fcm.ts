/** Firebase Cloud Messaging, HTTP v1. */
import type { PushNote, PushResult } from "../core/push.ts";
import { post, resultOf, type Answered } from "./http-attempt.ts";
import { dataOf, fit, seconds } from "./push-payload.ts";
import type { FcmSettings } from "./push-settings.ts";
import type { Mint } from "./push-tokens.ts";

/** FCM's limit for the data of a message, in bytes. */
const DATA_BYTES = 4_096;
const CANCEL_TTL_SECONDS = 30;

/** Sends a data message of high priority to one token. */
export async function sendFcm(
  settings: FcmSettings,
  mint: Mint,
  token: string,
  note: PushNote,
): Promise<PushResult> {
  const url = `${settings.baseUrl}/v1/projects/${encodeURIComponent(settings.project)}/messages:send`;
  return mint(async (bearer) => {
    // Only now: the ring has gone on while the token was made.
    const body = messageOf(token, note, Date.now());
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const answered = await post(url, headers, body);
    return { result: readAnswer(answered), isStale: answered.status === 401 };
  });
}

function messageOf(token: string, note: PushNote, now: number): string {
  const left = note.kind === "ring" ? seconds(note.ringUntil - now) : CANCEL_TTL_SECONDS;
  const data = JSON.parse(fit(note.caller, DATA_BYTES, (caller) => dataOf(note, caller))) as Record<
    string,
    string
  >;
  const android = {
    priority: "high",
    ttl: `${Math.max(0, left)}s`,
    collapse_key: note.session,
  };
  return JSON.stringify({ message: { token, data, android } });
}

function readAnswer(answered: Answered): PushResult {
  const { status, codes } = errorOf(answered.body);
  if ([status, ...codes].includes("UNREGISTERED")) return { outcome: "dead" };
  return resultOf(answered, [status, ...codes].join(" ").trim());
}

interface FcmError {
  readonly status?: string;
  readonly details?: readonly { readonly errorCode?: string }[];
}

function errorOf(body: string): { status: string; codes: string[] } {
  try {
    const { error } = JSON.parse(body) as { error?: FcmError };
    const codes = (error?.details ?? []).flatMap(({ errorCode }) => errorCode ?? []);
    return { status: error?.status ?? "", codes };
  } catch {
    return { status: "", codes: [] };
  }
}
