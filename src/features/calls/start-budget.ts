/** How often a user may start calls: 60 a minute, counted in the user's own object. */
import { ProtocolError } from "../../protocol/errors.ts";
import type { Host } from "../feature.ts";

const STARTS = 60;
const WINDOW_MS = 60_000;
const ROW = "starts";

/**
 * Takes one start from the budget.
 *
 * @throws {ProtocolError} `rate_limited` with the seconds to wait, when it is used up.
 */
export function spendStart(host: Host): void {
  const now = host.now();
  const recent = (host.storage.get<number[]>(ROW) ?? []).filter((at) => at > now - WINDOW_MS);
  const [oldest] = recent;
  if (recent.length >= STARTS && oldest !== undefined) {
    const retry_after = Math.ceil((oldest + WINDOW_MS - now) / 1_000);
    throw new ProtocolError("rate_limited", "Too many calls", { retry_after });
  }
  host.storage.put(ROW, [...recent, now]);
}
