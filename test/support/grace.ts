/** Calls whose sides go away for a while, or for good. */
import type { TestCall } from "./calls.ts";
import { runAlarm } from "./objects.ts";

/** How long a device may be away. */
export const GRACE_MS = 15_000;

/** Who goes away, and who stays. */
export const ROLES = [
  ["caller", "callee"],
  ["callee", "caller"],
] as const;

/** A call between devices that are known again by their names. */
export const labelled = { caller: "device=a", callee: "device=b" };

/** Runs both sides' alarms, due or not. */
export const runAlarms = ({ caller, callee }: TestCall) =>
  Promise.all([runAlarm(caller.user), runAlarm(callee.user)]);
