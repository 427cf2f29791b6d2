/** Sends what is in a place's log on to the sinks: in order, at least once, without delaying anybody. */
import type { EventSink, Log } from "../core/ports.ts";
import type { ChannelLog } from "./channel-log.ts";

/** Most events in one go. */
const BATCH = 100;
/** A sink that is so far behind loses the oldest, and the log says so. */
const MOST_BEHIND = 10_000;

const labelOf = ({ label, name }: EventSink) => label ?? name;
const rowOf = (name: string) => `sink:${name}`;

/** Pumps a place's log into the sinks. */
export class SinkPump {
  readonly #sinks: readonly EventSink[];
  readonly #entries: ChannelLog;
  readonly #kv: SyncKvStorage;
  readonly #log: Log;
  readonly #busy = new Set<string>();

  constructor(sinks: readonly EventSink[], entries: ChannelLog, kv: SyncKvStorage, log: Log) {
    this.#sinks = sinks;
    this.#entries = entries;
    this.#kv = kv;
    this.#log = log;
    // A sink that is new starts with what comes from now on.
    for (const { name } of sinks) {
      if (kv.get(rowOf(name)) === undefined) kv.put(rowOf(name), entries.head);
    }
  }

  /** Number of the first entry that some sink has yet to get. */
  get needed(): number {
    return Math.min(Infinity, ...this.#sinks.map((sink) => this.#reached(sink) + 1));
  }

  /** Whether every sink has everything. */
  get isDone(): boolean {
    return this.needed > this.#entries.head;
  }

  /** Sends what there is; false when a sink failed and has to be tried again. */
  async run(): Promise<boolean> {
    const idle = this.#sinks.filter(({ name }) => !this.#busy.has(name));
    const results = await Promise.all(idle.map((sink) => this.#pump(sink)));
    return results.every(Boolean);
  }

  async #pump(sink: EventSink): Promise<boolean> {
    this.#busy.add(sink.name);
    try {
      for (;;) {
        const batch = this.#entries.after(this.#reached(sink), BATCH);
        const last = batch.at(-1);
        if (last === undefined) return true;
        await sink.send(batch);
        this.#kv.put(rowOf(sink.name), last.number);
      }
    } catch (error) {
      this.#log("warn", "sink.failed", { sink: labelOf(sink), error: String(error) });
      return false;
    } finally {
      this.#busy.delete(sink.name);
    }
  }

  #reached(sink: EventSink): number {
    const { name } = sink;
    const reached = this.#kv.get<number>(rowOf(name)) ?? 0;
    const { head } = this.#entries;
    if (head - reached <= MOST_BEHIND) return reached;
    this.#log("warn", "sink.behind", { sink: labelOf(sink), lost: head - MOST_BEHIND - reached });
    this.#kv.put(rowOf(name), head - MOST_BEHIND);
    return head - MOST_BEHIND;
  }
}
