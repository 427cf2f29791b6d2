/** Calls that ring until their time is up. */
import type { Client, Received } from "./client.ts";

/** How long a call rings. */
export const RING_MS = 45_000;

/** What each client has heard, once it has heard of the end of a call. */
export async function heardBy(...clients: Client[]): Promise<Received[][]> {
  return Promise.all(
    clients.map(async (client) => [
      await client.nextMessage("call.ended"),
      ...(await client.settled()),
    ]),
  );
}

/** What both sides hear of a call that nobody answered. */
export const noAnswer = (session_id: string): Received[] => [
  { type: "call.ended", payload: { session_id, reason: "no_answer" } },
];
