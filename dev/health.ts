/** Waits for the Worker to be of use: listening is not enough, it must find its variables and its Redis good. */
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "./start-error.ts";

const POLL_MS = 50;
const TIMEOUT_MS = 10_000;

/** Resolves when `/health` answers that all is well. @throws {StartError} with what it answers instead */
export async function untilHealthy(url: URL): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const response = await fetch(new URL("/health", url)).catch(() => undefined);
    if (response?.ok) return;
    const text = (await response?.text())?.trim() ?? "";
    // A misconfigured Worker says so at once; only an outage can pass.
    if (response?.status === 500) throw new StartError(`the Worker does not start: ${text}`);
    if (Date.now() > deadline) {
      throw new StartError(`/health answers ${response?.status ?? "nothing"}: ${text}`);
    }
    await delay(POLL_MS);
  }
}
