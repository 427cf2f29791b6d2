/**
 * Counts and times of what goes on: in this isolate for `GET /metrics`, and in Analytics Engine, when
 * it is bound, for the whole deployment.
 */

import { counters, type Counter } from "./core/counters.ts";

type Labels = Readonly<Record<string, string>>;

/** Where data points go besides this isolate; Analytics Engine's own interface. */
export interface Dataset {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** Upper bounds of the latency histogram's buckets, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

const HISTOGRAM = "edgering_redis_seconds";

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** A set of counters and one histogram. */
class Metrics {
  /** By name, then by labels as JSON: spelled out only when somebody reads them. */
  readonly #counters = new Map<Counter, Map<string, number>>();
  readonly #redis: Histogram = { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
  #dataset: Dataset | undefined;

  /** Sends data points to a dataset as well. */
  attach(dataset: Dataset | undefined): void {
    this.#dataset = dataset;
  }

  /** Counts something once. Label values are few: types, codes and reasons, never users. */
  count(name: Counter, labels: Labels = {}): void {
    const series = this.#counters.get(name) ?? new Map<string, number>();
    const key = JSON.stringify(labels);
    series.set(key, (series.get(key) ?? 0) + 1);
    this.#counters.set(name, series);
    this.#dataset?.writeDataPoint({ indexes: [name], blobs: Object.values(labels), doubles: [1] });
  }

  /** Records how long a Redis command took, in seconds. */
  observeRedis(measured: number): void {
    // A clock that is set back in between must not make a sum fall.
    const seconds = Math.max(0, measured);
    for (const [index, bound] of BUCKETS.entries()) {
      if (seconds <= bound) this.#redis.buckets[index] = (this.#redis.buckets[index] ?? 0) + 1;
    }
    this.#redis.sum += seconds;
    this.#redis.count += 1;
    this.#dataset?.writeDataPoint({ indexes: [HISTOGRAM], blobs: [], doubles: [seconds] });
  }

  /** Everything in Prometheus's text format, version 0.0.4. */
  render(): string {
    const lines: string[] = [];
    for (const [name, text] of Object.entries(counters)) {
      lines.push(`# HELP ${name} ${text}`, `# TYPE ${name} counter`);
      const series = this.#counters.get(name as Counter) ?? new Map([["{}", 0]]);
      for (const [key, value] of series) {
        lines.push(`${name}${spell(JSON.parse(key) as Labels)} ${value}`);
      }
    }
    lines.push(`# HELP ${HISTOGRAM} Time of a Redis command.`, `# TYPE ${HISTOGRAM} histogram`);
    for (const [index, bound] of BUCKETS.entries()) {
      lines.push(`${HISTOGRAM}_bucket{le="${bound}"} ${this.#redis.buckets[index] ?? 0}`);
    }
    lines.push(`${HISTOGRAM}_bucket{le="+Inf"} ${this.#redis.count}`);
    lines.push(`${HISTOGRAM}_sum ${this.#redis.sum}`, `${HISTOGRAM}_count ${this.#redis.count}`);
    return `${lines.join("\n")}\n`;
  }
}

/** This isolate's metrics. The platform may run many isolates; each counts for itself. */
export const metrics = new Metrics();

function spell(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return "";
  const escape = (value: string) => value.replace(/[\\"\n]/g, "_");
  return `{${entries.map(([name, value]) => `${name}="${escape(value)}"`).join(",")}}`;
}
