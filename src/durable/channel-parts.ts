/** Puts together what a place is made of, for one object. */
import { queueSink, type QueueBinding } from "../adapters/queue-sink.ts";
import { webhookSink } from "../adapters/webhook-sink.ts";
import { parseConfig, type Config } from "../config.ts";
import { readPlace, type Space } from "../core/place.ts";
import type { EventSink, Log } from "../core/ports.ts";
import { Presence } from "../core/presence.ts";
import { createLog } from "../log.ts";
import { NamedAlarms } from "./alarms.ts";
import { ChannelLog, FOREVER } from "./channel-log.ts";
import { ChannelSeats, keptResults, stayRows } from "./channel-seats.ts";
import { keptIn } from "./kept.ts";
import { SinkPump } from "./sink-pump.ts";

/** The parts of one place. */
export interface ChannelParts {
  /** Name of the object. */
  readonly place: string;
  readonly space: Space;
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  readonly entries: ChannelLog;
  readonly seats: ChannelSeats;
  readonly presence: Presence;
  readonly results: ReturnType<typeof keptResults>;
  readonly alarms: NamedAlarms;
  readonly pump: SinkPump;
}

/** Sinks that a test puts in place of the configured ones. */
export interface TestSinks {
  readonly SINKS?: readonly EventSink[];
  readonly EVENTS?: QueueBinding;
}

/** Composes a place from its storage and the Worker's configuration. */
export function composeChannel(ctx: DurableObjectState, env: Env): ChannelParts {
  const place = ctx.id.name;
  if (place === undefined) throw new Error("an object without a name is nobody's channel");
  const config = parseConfig(env as unknown as Record<string, unknown>);
  const { storage } = ctx;
  const { space, name } = readPlace(place);
  const log = createLog(config.LOG_LEVEL, { place });
  const keep =
    space === "chat"
      ? { size: config.CHAT_HISTORY, ms: FOREVER }
      : { size: config.CHANNEL_HISTORY_SIZE, ms: config.CHANNEL_HISTORY_SECONDS * 1_000 };
  const entries = new ChannelLog(storage, keep);
  const stays = stayRows(storage.sql);
  const sinks = space === "channel" ? sinksOf(config, env as unknown as TestSinks) : [];
  return {
    place,
    space,
    name,
    config,
    log,
    entries,
    seats: new ChannelSeats(storage.sql),
    presence: new Presence(stays, stays.all()),
    results: keptResults(storage.sql),
    alarms: new NamedAlarms(keptIn(storage.kv), storage, () => Date.now()),
    pump: new SinkPump(sinks, entries, storage.kv, log),
  };
}

/** Where events flow out to. */
function sinksOf(config: Config, { SINKS, EVENTS }: TestSinks): readonly EventSink[] {
  if (SINKS) return SINKS;
  const webhooks = config.WEBHOOK_URLS.map((url) =>
    webhookSink({
      url,
      secret: config.WEBHOOK_SECRET,
      post: (address, init) => fetch(address, init),
      now: () => Date.now(),
    }),
  );
  return EVENTS ? [queueSink(EVENTS), ...webhooks] : webhooks;
}
