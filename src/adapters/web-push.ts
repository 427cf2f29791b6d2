/** Web Push to closed browsers: RFC 8030 with VAPID (RFC 8292) and encrypted payloads (RFC 8291). */
import { buildPushPayload } from "@block65/webcrypto-web-push";
import type { PushNote, PushResult } from "../core/push.ts";
import type { WebSubscription } from "../protocol/push.ts";
import { post, resultOf } from "./http-attempt.ts";
import { dataOf, fit, seconds } from "./push-payload.ts";
import type { VapidSettings } from "./push-settings.ts";

/** What fits into one record after encryption, in bytes. */
const PAYLOAD_BYTES = 3_993;
const CANCEL_TTL_SECONDS = 30;

/** Sends one message to a subscription. A newer one about the same call replaces it while it waits. */
export async function sendWebPush(
  settings: VapidSettings,
  { endpoint, keys }: WebSubscription,
  note: PushNote,
): Promise<PushResult> {
  const left = note.kind === "ring" ? seconds(note.ringUntil - Date.now()) : CANCEL_TTL_SECONDS;
  const data = fit(note.caller, PAYLOAD_BYTES, (caller) => dataOf(note, caller));
  const topic = note.session.replaceAll("-", "");
  // The library takes a TTL of 0 for none.
  const message = { data, options: { ttl: Math.max(1, left), urgency: "high", topic } } as const;
  const sealed = await buildPushPayload(
    message,
    { endpoint, keys, expirationTime: null },
    settings,
  ).catch(() => undefined);
  // A key of the right length need not be one.
  if (!sealed) return { outcome: "refused", detail: "the keys cannot be used" };
  const { headers, body } = sealed;
  const { "content-length": _, ...rest } = headers;
  const answered = await post(endpoint, rest, body);
  const isGone = answered.status === 404 || answered.status === 410;
  return isGone ? { outcome: "dead" } : resultOf(answered, "");
}
