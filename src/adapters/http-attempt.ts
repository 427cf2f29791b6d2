/** One request to a provider, in bounded time, and what its status means for another attempt. */
import type { PushResult } from "../core/push.ts";
import { TooLarge } from "./push-payload.ts";

/** An attempt that takes longer than this is cut, in milliseconds. */
const ATTEMPT_MS = 5_000;
/** Most of an answer that anybody reads, in bytes. Who answers is not always known to be a friend. */
const BODY_BYTES = 4_096;

/** An answer, as far as it was read. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
}

/**
 * Posts a request. Redirects are not followed: no provider has any, and the headers are secrets.
 *
 * @throws when there is no answer in time
 */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Answered> {
  const controller = new AbortController();
  // Not AbortSignal.timeout: it stays armed, and an object with a pending timer cannot hibernate.
  const timer = setTimeout(() => {
    controller.abort(new Error("no answer within 5 s"));
  }, ATTEMPT_MS);
  try {
    const { signal } = controller;
    const init = { method: "POST", headers, body, signal, redirect: "manual" } as const;
    const response = await fetch(url, init);
    const text = await beginningOf(response);
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, body: text, retryAfter };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the beginning of an answer, and lets go of the rest. */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return "";
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = BODY_BYTES;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.byteLength;
    if (left > 0) continue;
    // Not waited for: whoever sends without end need not agree.
    void reader.cancel().catch(() => undefined);
    break;
  }
  return text + decoder.decode();
}

/** Makes an attempt; whatever is thrown on the way may pass. */
export async function attempt(work: () => Promise<PushResult>): Promise<PushResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TooLarge) return { outcome: "refused", detail: error.message };
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    // Addresses of devices are as good as their tokens, and details end up in the log.
    return { outcome: "later", detail: detail.replace(/https?:\S+/g, "(address)") };
  }
}

/** What a status means that says nothing about the token. `reason`: the provider's own word for it. */
export function resultOf({ status, retryAfter }: Answered, reason: string): PushResult {
  if (status >= 200 && status < 300) return { outcome: "taken" };
  const detail = reason === "" ? `status ${status}` : `status ${status}: ${reason}`;
  if (status !== 429 && status < 500) return { outcome: "refused", detail };
  const afterMs = waitOf(retryAfter);
  return { outcome: "later", detail, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Milliseconds that a `Retry-After` asks for: seconds, or a date (RFC 9110 section 10.2.3). */
function waitOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
