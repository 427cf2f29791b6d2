/** Callers with a whole profile, and what providers heard of their calls. */
import type { Recorded } from "../../dev/push/recorded.ts";
import { connectAs, someone, type Client } from "./client.ts";

/** Variables by which nobody who has just gone is waited for. */
export const AT_ONCE = { RECONNECT_GRACE_SECONDS: "0" };

/** A push as the device gets it. */
export const said = (push: Recorded | undefined) => push?.said as Record<string, unknown>;

/** A caller with a whole profile. */
export function anna(more: object = {}): Promise<Client> {
  const user = someone("anna");
  const profile = { name: "Anna", username: "anna1", image_profile: "https://a.test/i.png" };
  return connectAs(user, { hash: user, ...profile, ...more });
}

/** Starts a call and waits until the caller is told that it rings. */
export async function start(caller: Client, callee_id: string, more: object = {}): Promise<string> {
  caller.send("call.start", { callee_id, ...more });
  return String((await caller.next("call.ringing"))["session_id"]);
}
