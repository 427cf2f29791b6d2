/** Cloudflare Queues as a way out for events. */
import type { EventSink } from "../core/ports.ts";

/** The part of a queue's binding that is used. */
export interface QueueBinding {
  sendBatch(
    messages: Iterable<{ readonly body: unknown; readonly contentType: "json" }>,
  ): Promise<unknown>;
}

/** A queue gets each event as one JSON message: `{type, channel, …}`. */
export function queueSink(queue: QueueBinding): EventSink {
  return {
    name: "queue",
    async send(events) {
      await queue.sendBatch(
        events.map(({ type, json }) => ({
          body: { type, ...(JSON.parse(json) as object) },
          contentType: "json" as const,
        })),
      );
    },
  };
}
