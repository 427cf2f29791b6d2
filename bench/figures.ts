/** Sums over measurements. */
import { readdir, readFile } from "node:fs/promises";

/** The value below which a share of the values lies, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Figures that are read, not counted with. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Seconds of processor time that a process's threads have used; undefined where there is no /proc. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  try {
    const tasks = await readdir(`/proc/${pid}/task`);
    const texts = await Promise.all(
      tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, "utf8")),
    );
    // The first field is nanoseconds on a processor. See the kernel's sched-stats document.
    return texts.reduce((sum, text) => sum + Number(text.split(" ")[0]), 0) / 1e9;
  } catch {
    return undefined;
  }
}
