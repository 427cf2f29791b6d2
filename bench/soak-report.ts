/** What a soak has shown, as a table and a record. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, platform } from "node:os";
import { median, rounded } from "./figures.ts";

const RESULTS = new URL("./results/", import.meta.url);
/** Memory may grow by this much from the second minute to the last, and p99 by that much. */
const FLAT = { memory: 1.2, p99: 3 } as const;
/** Share of the idle objects that must have hibernated when they are asked. */
const ASLEEP = 0.95;

/** One minute. */
export interface Minute {
  readonly minute: number;
  /** Milliseconds from sending a candidate to its arrival. */
  readonly p50: number;
  readonly p99: number;
  readonly memoryMiB: number;
  /** Objects built since the start of the server. */
  readonly built: number;
}

/** All that a soak has measured. */
export interface Soaked {
  readonly size: {
    readonly minutes: number;
    readonly idle: number;
    readonly calls: number;
    readonly perSecond: number;
  };
  readonly minutes: readonly Minute[];
  /** Redis commands while the calls lasted. */
  readonly commands: number;
  readonly redis: string;
  /** Idle sockets that answered `ping`, and objects that were built for it. */
  readonly pongs: number;
  readonly builtByPings: number;
  /** Idle sockets that answered a request, and objects that were built for it: those had hibernated. */
  readonly answers: number;
  readonly builtByChecks: number;
  readonly complaints: readonly string[];
}

/**
 * Writes `results/soak.json` and `results/soak.md`, and prints the latter.
 *
 * @returns whether everything was flat and nothing failed
 */
export async function reportSoak(soaked: Soaked): Promise<boolean> {
  const { size, minutes } = soaked;
  const [first, last] = [minutes[1] ?? minutes[0], minutes.at(-1)];
  const growth = (last?.memoryMiB ?? Number.NaN) / (first?.memoryMiB ?? Number.NaN);
  // The first minute warms up: its code is not compiled yet, and the users are only just connected.
  const warm = minutes.length > 1 ? minutes.slice(1) : minutes;
  const middle = median(warm.map(({ p99 }) => p99));
  const worst = Math.max(...warm.map(({ p99 }) => p99)) / middle;
  const verdicts: readonly (readonly [what: string, value: number | string, met: boolean])[] = [
    ["memory, last minute by second", rounded(growth), !(growth > FLAT.memory)],
    ["p99, worst minute by the middle one, from the second on", rounded(worst), worst <= FLAT.p99],
    ["idle sockets that answered ping", soaked.pongs, soaked.pongs === size.idle],
    ["objects built for those pings", soaked.builtByPings, soaked.builtByPings === 0],
    ["idle sockets that answered a request", soaked.answers, soaked.answers === size.idle],
    [
      "objects built for those requests: they had hibernated",
      soaked.builtByChecks,
      soaked.builtByChecks >= size.idle * ASLEEP,
    ],
    [
      "lines that the server complained in",
      soaked.complaints.length,
      soaked.complaints.length === 0,
    ],
  ];
  const text = `# Latest soak

${new Date().toISOString().slice(0, 10)}, ${platform()}, ${availableParallelism()} cores (load average ${rounded(loadavg()[0] ?? 0)}), ${soaked.redis}.
${size.idle} idle sockets and ${size.calls} calls for ${size.minutes} minutes, ${size.perSecond} candidates a second over all calls. Every message arrived,
and after it every pair could hang up, call again and hang up. Redis was asked ${soaked.commands} times while the calls lasted.

| | value | |
|---|---:|---|
${verdicts.map(([what, value, met]) => `| ${what} | ${value} | ${met ? "✓" : "✗ missed"} |`).join("\n")}

| minute | p50, ms | p99, ms | memory, MiB | objects built |
|---:|---:|---:|---:|---:|
${minutes.map((m) => `| ${m.minute} | ${rounded(m.p50)} | ${rounded(m.p99)} | ${Math.round(m.memoryMiB)} | ${m.built} |`).join("\n")}
`;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL("soak.json", RESULTS), `${JSON.stringify(soaked, null, 2)}\n`);
  await writeFile(new URL("soak.md", RESULTS), text);
  console.log(text);
  return verdicts.every(([, , met]) => met);
}
