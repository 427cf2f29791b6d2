/** Cloudflare Queues as a way out for events. */
import type { EventSink, OutgoingEvent } from "../core/ports.ts";

/** The part of a queue's binding that is used. */
export interface QueueBinding {
  sendBatch(
    messages: Iterable<{ readonly body: unknown; readonly contentType: "json" }>,
  ): Promise<unknown>;
}

/** Most in one batch: the platform takes 256 KB, of which some is its own. */
const BATCH_BYTES = 200_000;
const encoder = new TextEncoder();

/** A queue gets each event as one JSON message: `{type, channel, …}`. */
export function queueSink(queue: QueueBinding): EventSink {
  return {
    name: "queue",
    async send(events) {
      for (const batch of batchesOf(events)) {
        await queue.sendBatch(
          batch.map(({ type, json }) => ({
            body: { type, ...(JSON.parse(json) as object) },
            contentType: "json" as const,
          })),
        );
      }
    },
  };
}

function batchesOf(events: readonly OutgoingEvent[]): OutgoingEvent[][] {
  const batches: OutgoingEvent[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const size = encoder.encode(event.json).byteLength;
    if (bytes + size > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(event);
    bytes += size;
  }
  return batches;
}
