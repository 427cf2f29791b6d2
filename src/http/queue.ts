/** A way in besides HTTP: messages of a Cloudflare Queue, published as `POST /api/event` does. */
import { createLog } from "../log.ts";
import { publishBody } from "./events.ts";

/** Handles a batch. What could not be published comes again; what is no event is dropped and logged. */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const log = createLog("info");
  // In order: messages for one channel keep theirs.
  for (const message of batch.messages) {
    const outcome = await publishBody(env, message.body, `queue:${message.id}`);
    if (outcome === "failed") message.retry();
    else message.ack();
    if (outcome === "bad") log("warn", "queue.bad", { queue: batch.queue, id: message.id });
  }
}
