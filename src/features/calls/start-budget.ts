/** How often a user may start calls: 60 a minute, counted in the user's own object. */
import { spend } from "../../core/allowance.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { Host } from "../feature.ts";

const STARTS = { most: 60, spanMs: 60_000 } as const;
const ROW = "starts";

/**
 * Takes one start from the budget.
 *
 * @throws {ProtocolError} `rate_limited` with the seconds to wait, when it is used up.
 */
export function spendStart(host: Host): void {
  const known = host.storage.get<readonly number[]>(ROW) ?? [];
  const { times, waitSeconds } = spend(known, host.now(), STARTS);
  if (waitSeconds > 0) {
    throw new ProtocolError("rate_limited", "Too many calls", { retry_after: waitSeconds });
  }
  host.storage.put(ROW, times);
}
