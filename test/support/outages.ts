/** What calls are like while Redis is out of reach, and afterwards. */
import type { Client } from "./client.ts";
import { paid, runAlarm } from "./objects.ts";
import { passTime } from "./workerd.ts";

/** The error that a client gets for what could not be done. */
export const failed = (message: string) => ({ code: "internal_error", message });

/** Pays debts by hand, as the alarms would. */
export async function payOff(...clients: Client[]): Promise<void> {
  passTime(31_000);
  await Promise.all(clients.map(({ user }) => runAlarm(user)));
  await Promise.all(clients.map(({ user }) => paid(user)));
}
