/** One JSON line per event. Lines never hold tokens. */
import type { Log } from "./core/ports.ts";

const levels = ["debug", "info", "warn", "error"] as const;

/** Makes a log that writes lines of at least `least` severity, each with `always` in it. */
export function createLog(
  least: (typeof levels)[number],
  always: Readonly<Record<string, unknown>> = {},
): Log {
  return (level, event, fields) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    console[level](JSON.stringify({ level, event, ...always, ...fields }));
  };
}
