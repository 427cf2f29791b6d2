/** Signed webhooks as a way out for events. */
import { hexOf } from "./hex.ts";
import type { EventSink } from "../core/ports.ts";

const TIMEOUT_MS = 5_000;

/** How a webhook is posted. */
export interface Webhook {
  readonly url: string;
  /** Key of the signature; without one the requests are not signed. */
  readonly secret?: string | undefined;
  /** `fetch`, or what stands for it. */
  readonly post: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Posts `{"events":[…]}`. The header `X-Edgering-Signature: t=<seconds>,v1=<hex>` holds the HMAC-SHA-256
 * of `<seconds>.<body>`, so that a receiver can tell who posts, and that it is not an old request.
 */
export function webhookSink({ url, secret, post, now }: Webhook): EventSink {
  return {
    name: `webhook:${url}`,
    label: `webhook:${new URL(url).host}`,
    async send(events) {
      const spelled = events.map(
        ({ type, json }) => `{"type":${JSON.stringify(type)},${json.slice(1)}`,
      );
      const body = `{"events":[${spelled.join(",")}]}`;
      const seconds = Math.floor(now() / 1_000);
      const signed =
        secret === undefined ? {} : { "x-edgering-signature": await sign(secret, seconds, body) };
      const controller = new AbortController();
      // Cleared below: a timer that stays armed would keep the object awake.
      const timer = setTimeout(() => {
        controller.abort();
      }, TIMEOUT_MS);
      try {
        const response = await post(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...signed },
          body,
          redirect: "manual",
          signal: controller.signal,
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function sign(secret: string, seconds: number, body: string): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes.encode(`${seconds}.${body}`));
  return `t=${seconds},v1=${hexOf(mac)}`;
}
