/** What a test in workerd starts from and leaves behind: the real clock, and no defect in the log. */
import { afterEach, beforeEach, expect, vi } from "vitest";

/** A busy machine is slow; no test waits for time to pass. */
const TEST_TIMEOUT_MS = 30_000;

/** A line of the Worker's log. */
export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What the Worker has written to its log during the test. */
export interface Watched {
  /** Takes the lines of an event out; lines of severity `error` that stay behind fail the test. */
  takeLog(event: string): LogLine[];
}

/** Watches over each test of a file. */
export function watchEachTest(): Watched {
  vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });
  let lines: LogLine[] = [];
  beforeEach(() => {
    lines = [];
    for (const level of ["warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => {
        lines.push(JSON.parse(line) as LogLine);
      });
    }
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    expect(lines.filter((line) => line["level"] === "error")).toEqual([]);
  });
  return {
    takeLog(event) {
      const taken = lines.filter((line) => line.event === event);
      lines = lines.filter((line) => line.event !== event);
      return taken;
    },
  };
}

/** Moves the clock that the Worker and its objects read. Timers, alarms and Redis stay as they are. */
export function passTime(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
