/** Turns measurements into a table and two files. */
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, availableParallelism, loadavg, platform } from "node:os";
import { fileURLToPath } from "node:url";
import type { Bundle } from "./bundle.ts";
import { median, rounded } from "./figures.ts";
import {
  load,
  type CallFigures,
  type RelayFigures,
  type RelayRound,
  type Spread,
} from "./measure.ts";
import type { RoomFigures } from "./rooms.ts";

const RESULTS = new URL("./results/", import.meta.url);
const KIB = 1_024;

const targets = {
  relayRatio: 0.8,
  redisPerCall: 3,
  redisPerMessage: 0,
  bundleGzipKiB: 150,
} as const;

/** All that a run has measured. */
export interface Measured {
  readonly bundles: { readonly edgering: Bundle; readonly floor: Bundle };
  readonly starts: { readonly edgering: number; readonly floor: number };
  readonly relay: RelayFigures;
  readonly calls: CallFigures;
  /** From a start to the push at the provider, in milliseconds. */
  readonly push: Spread;
  readonly rooms: { readonly edgering: RoomFigures; readonly plain: RoomFigures };
  /** Which Redis served. */
  readonly redis: string;
  readonly pairs: number;
}

interface Row {
  readonly what: string;
  readonly edgering: number | undefined;
  readonly floor?: number | undefined;
  readonly ratio?: number | undefined;
  readonly target?: string;
  readonly met?: boolean;
}

/**
 * Writes `results/<time>.json` and `results/latest.md`, and prints the latter.
 *
 * @returns whether every target is met
 */
export async function report(measured: Measured): Promise<boolean> {
  const rows = rowsOf(measured);
  const date = new Date().toISOString();
  const facts = machine(measured);
  const { bundles, starts, relay, calls, rooms } = measured;
  const sizes = Object.fromEntries(
    Object.entries(bundles).map(([name, { bytes, gzipBytes }]) => [name, { bytes, gzipBytes }]),
  );
  const record = {
    date,
    machine: facts,
    load: { pairs: measured.pairs, ...load },
    rows,
    bundles: sizes,
    starts,
    relay,
    calls,
    push: measured.push,
    rooms,
  };
  const text = page(date, facts, rows, roomRows(rooms));
  await mkdir(RESULTS, { recursive: true });
  const name = date.slice(0, 16).replace("T", "-").replace(":", "");
  await writeFile(
    fileURLToPath(new URL(`${name}.json`, RESULTS)),
    `${JSON.stringify(record, figures, 2)}\n`,
  );
  await writeFile(fileURLToPath(new URL("latest.md", RESULTS)), text);
  console.log(text);
  return rows.every((row) => row.met !== false);
}

function rowsOf({ bundles, starts, relay, calls, push }: Measured): Row[] {
  const beside = (what: string, read: (round: RelayRound) => number | undefined): Row => {
    const pairs = relay.edgering.map((round, index) => {
      const other = relay.floor[index];
      return [read(round), other && read(other)] as const;
    });
    const known = pairs.filter(
      (pair): pair is readonly [number, number] => !pair.includes(undefined),
    );
    if (known.length === 0) return { what, edgering: undefined };
    return {
      what,
      edgering: median(known.map(([mine]) => mine)),
      floor: median(known.map(([, other]) => other)),
      // Rounds are compared with the round beside them, which saw the same machine.
      ratio: median(known.map(([mine, other]) => mine / other)),
    };
  };
  const bursts = beside("relayed messages per second, in bursts", ({ bursts: b }) => b.perSecond);
  const processor = beside(
    "the same, per second of the server's processor time",
    ({ bursts: b }) => b.perProcessorSecond,
  );
  const { ratio = 0 } = processor.ratio === undefined ? bursts : processor;
  const verdict = { target: `ratio ≥ ${targets.relayRatio}`, met: ratio >= targets.relayRatio };
  const gzipKiB = bundles.edgering.gzipBytes / KIB;
  return [
    processor.ratio === undefined ? { ...bursts, ...verdict } : bursts,
    processor.ratio === undefined ? processor : { ...processor, ...verdict },
    beside("server's share of a core meanwhile", ({ bursts: b }) => b.serverShare),
    beside("load generator's share of a core meanwhile", ({ bursts: b }) => b.generatorShare),
    beside("relayed messages per second, one by one", ({ singles }) => singles.perSecond),
    beside(
      "the same, per second of the server's processor time",
      ({ singles }) => singles.perProcessorSecond,
    ),
    beside("one relayed message, p50, ms", ({ paced }) => paced.p50),
    beside("one relayed message, p99, ms", ({ paced }) => paced.p99),
    { what: "start to callee's ring, p50, ms", edgering: calls.ring.p50 },
    { what: "start to callee's ring, p99, ms", edgering: calls.ring.p99 },
    { what: "accept to caller's event, p50, ms", edgering: calls.accept.p50 },
    { what: "accept to caller's event, p99, ms", edgering: calls.accept.p99 },
    { what: "start to push at the provider, p50, ms", edgering: push.p50 },
    { what: "start to push at the provider, p99, ms", edgering: push.p99 },
    {
      what: "Redis commands per call",
      edgering: calls.redisPerCall,
      target: String(targets.redisPerCall),
      met: calls.redisPerCall === targets.redisPerCall,
    },
    {
      what: "Redis commands per relayed message",
      edgering: relay.redisPerMessage,
      target: String(targets.redisPerMessage),
      met: relay.redisPerMessage === targets.redisPerMessage,
    },
    { what: "bundle, minified, KiB", edgering: bundles.edgering.bytes / KIB },
    {
      what: "bundle, minified and gzipped, KiB",
      edgering: gzipKiB,
      target: `< ${targets.bundleGzipKiB}`,
      met: gzipKiB < targets.bundleGzipKiB,
    },
    {
      what: "start of the process to first answer, ms",
      edgering: starts.edgering,
      floor: starts.floor,
      ratio: starts.edgering / starts.floor,
    },
  ];
}

/** Facts about the machine, without its name or paths. */
function machine({ redis }: Measured) {
  const wrangler = createRequire(import.meta.url).resolve("wrangler");
  const { version } = createRequire(wrangler)("workerd") as { version: string };
  return {
    cores: availableParallelism(),
    platform: `${platform()} ${arch()}`,
    node: process.versions.node,
    workerd: version,
    redis,
    loadAverage: loadavg()[0],
  };
}

/** A room of twelve; here the other column is a plain socket.io server. */
function roomRows({ edgering, plain }: Measured["rooms"]): Row[] {
  const row = (what: string, read: (figures: RoomFigures) => number | undefined): Row => {
    const [mine, other] = [read(edgering), read(plain)];
    const ratio = mine === undefined || other === undefined ? undefined : mine / other;
    return { what, edgering: mine, floor: other, ratio };
  };
  return [
    row("joining, p50, ms", ({ join }) => join.p50),
    row("joining, p99, ms", ({ join }) => join.p99),
    row("relayed messages per second, in bursts", ({ perSecond }) => perSecond),
    row(
      "the same, per second of the server's processor time",
      ({ perProcessorSecond }) => perProcessorSecond,
    ),
    row("one relayed message, p50, ms", ({ paced }) => paced.p50),
    row("one relayed message, p99, ms", ({ paced }) => paced.p99),
  ];
}

function tableRows(rows: readonly Row[]): string[] {
  const cell = (value: number | undefined) => (value === undefined ? "" : String(shown(value)));
  return rows.map(({ what, edgering, floor, ratio, target, met }) => {
    const verdict = target === undefined ? "" : `${target} ${met ? "✓" : "✗ missed"}`;
    return `| ${[what, cell(edgering), cell(floor), cell(ratio), verdict].join(" | ")} |`;
  });
}

function page(
  date: string,
  facts: ReturnType<typeof machine>,
  rows: readonly Row[],
  rooms: readonly Row[],
): string {
  const { cores, platform: system, node, workerd, redis, loadAverage = 0 } = facts;
  return `# Latest benchmark

${date.slice(0, 10)}, ${system}, ${cores} cores (load average ${rounded(loadAverage)}), Node ${node}, workerd ${workerd}, ${redis}.
Figures of one machine mean little; ratios to the floor mean more. See [the README](../README.md).

| | edgering | floor | ratio | target |
|---|---:|---:|---:|---|
${tableRows(rows).join("\n")}

## A room of twelve

| | edgering | plain socket.io | ratio | |
|---|---:|---:|---:|---|
${tableRows(rooms).join("\n")}
`;
}

/** Three digits that count, and no more than that of whole numbers. */
function shown(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function figures(_key: string, value: unknown): unknown {
  return typeof value === "number" ? rounded(value, 3) : value;
}
