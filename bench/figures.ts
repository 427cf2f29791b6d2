/** Sums over measurements. */
import { readFile } from "node:fs/promises";

/** The value below which a share of the values lies, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Figures that are read, not counted with. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Ticks per second in /proc; the kernel shows user space this number whatever its own clock. */
const TICKS = 100;

/** Seconds of processor time a process has used; undefined where there is no /proc. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field may hold spaces; what follows its parenthesis does not. See proc(5).
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
