/** What really happened on channels, in the order that their objects gave it. */
import { vi } from "vitest";
import type { Stored } from "../../../src/durable/channel-entry.ts";
import { ChannelLog } from "../../../src/durable/channel-log.ts";
import { inChannel, type Flat } from "../../support/channels.ts";

/** Everything of one channel, from its first event on. */
export interface History {
  readonly epoch: string;
  /** Events by their number in the log, less one. */
  readonly events: Flat[];
}

/** Listens in on the logs of channels, until the test ends. */
export class Truth {
  readonly #histories = new Map<string, History>();
  readonly wrong: string[] = [];

  constructor() {
    const { append } = ChannelLog.prototype;
    const take = (epoch: string, stored: Stored) => {
      this.#take(epoch, stored);
    };
    vi.spyOn(ChannelLog.prototype, "append").mockImplementation(function (
      this: ChannelLog,
      entry,
      now,
    ) {
      const stored = append.call(this, entry, now);
      take(this.epoch, stored);
      return stored;
    });
  }

  of(channel: string): History {
    return this.#histories.get(channel) ?? { epoch: "", events: [] };
  }

  /** Compares with what a channel has written down, and drops what a reset has undone. */
  async check(channel: string): Promise<string[]> {
    const { events } = this.of(channel);
    const rows = await inChannel(channel, ({ sql }) =>
      sql
        .exec<{ number: number; type: string; json: string }>("SELECT number, type, json FROM log")
        .toArray(),
    );
    const last = rows.at(-1)?.number ?? 0;
    events.length = Math.min(events.length, last);
    const wrong = rows.filter(
      ({ number, type, json }) =>
        JSON.stringify(events[number - 1]) !== JSON.stringify({ type, ...JSON.parse(json) }),
    );
    return wrong.map(({ number, json }) => `${channel}: the log has another ${number}: ${json}`);
  }

  #take(epoch: string, { number, type, json }: Stored) {
    const fields = JSON.parse(json) as { channel: string };
    const known = this.#histories.get(fields.channel);
    // What a reset has undone is followed by another event of the same number.
    const before = known?.epoch === epoch ? known.events.slice(0, number - 1) : [];
    if (known && known.events.length < number - 1) {
      this.wrong.push(`${fields.channel}: nothing stands before ${number}`);
    }
    if (known && known.epoch !== epoch && number > 1) {
      this.wrong.push(`${fields.channel}: another epoch at ${number}`);
    }
    this.#histories.set(fields.channel, { epoch, events: [...before, { type, ...fields }] });
  }
}
