/** Puts together what the product sees of the platform, for one object. */
import { redisCallStore } from "../adapters/call-store.ts";
import { connectRedis } from "../adapters/redis.ts";
import { parseConfig, type Config } from "../config.ts";
import { hooks } from "../features/index.ts";
import type { Connection } from "../features/connection.ts";
import type { Host } from "../features/feature.ts";
import type { PlaceMessages } from "../features/place.ts";
import { createLog } from "../log.ts";
import { metrics, type Dataset } from "../metrics.ts";
import { closeCodes } from "../protocol/errors.ts";
import { NamedAlarms } from "./alarms.ts";
import { Attendance } from "./attendance.ts";
import { PeerObjects } from "./peers.ts";
import { composePush } from "./push.ts";
import { HEARTBEAT_SECONDS } from "../protocol/resume.ts";
import { iceProvider } from "../adapters/ice-servers.ts";
import { RoomObjects, userAddress } from "./addresses.ts";
import { keptIn } from "./kept.ts";
import { Mailboxes } from "./mailbox.ts";
import { RequestLedger } from "./request-ledger.ts";
import { LostDevices } from "./lost-devices.ts";
import { UserLines } from "./lines.ts";
import { OpenSockets } from "./open-sockets.ts";
import { UserSockets } from "./sockets.ts";

/** The host with those of its parts that only the shell uses. */
export interface Shell {
  readonly host: Host;
  readonly config: Config;
  readonly attendance: Attendance;
  readonly alarms: NamedAlarms;
  readonly mailboxes: Mailboxes;
  readonly ledger: RequestLedger;
}

/** Composes the host of a user's object. */
export function composeHost(
  ctx: DurableObjectState,
  env: Env,
  gone: (connection: Connection, code: number) => void,
): Shell {
  const user = ctx.id.name;
  if (user === undefined) throw new Error("an object without a name belongs to nobody");
  const config = parseConfig(env as unknown as Record<string, unknown>);
  const now = () => Date.now();
  const kept = keptIn(ctx.storage.kv);
  metrics.attach((env as { METRICS?: Dataset }).METRICS);
  const log = createLog(config.LOG_LEVEL, { user });
  const alarms = new NamedAlarms(kept, ctx.storage, now);
  const uuid = () => crypto.randomUUID();
  const mailboxes = new Mailboxes(kept, now, uuid);
  const ledger = new RequestLedger(kept, now, uuid);
  const open = new OpenSockets(ctx, kept);
  const lost = new LostDevices(kept);
  const attendance = new Attendance(ctx, open, lost, mailboxes, ledger, {
    now,
    isHeld: (device) => isHeld(host, device) || isAwaited(host, device),
    gone,
    silenceMs: HEARTBEAT_SECONDS * 2_000,
  });
  const sockets = new UserSockets(open, lost, mailboxes, ledger);
  const peers = new PeerObjects(user, (peer) => env.USER.getByName(peer));
  const places = new PeerObjects<PlaceMessages>(user, (place) => env.CHANNEL.getByName(place));
  const calls = redisCallStore(
    connectRedis({
      url: config.UPSTASH_REDIS_REST_URL ?? "",
      token: config.UPSTASH_REDIS_REST_TOKEN ?? "",
    }),
  );
  const host: Host = {
    user,
    settings: {
      callWaiting: config.CALL_WAITING,
      ringMs: config.RING_TIMEOUT_SECONDS * 1_000,
      graceMs: config.RECONNECT_GRACE_SECONDS * 1_000,
      directSignaling: config.DIRECT_SIGNALING,
      maxChannels: config.MAX_CHANNELS_PER_SOCKET,
      channelRights: config.CHANNEL_DEFAULT_RIGHTS,
      chatHistory: config.CHAT_HISTORY,
    },
    storage: kept,
    alarms,
    sockets,
    lines: new UserLines(open, mailboxes, ledger, sockets, attendance),
    peers,
    rooms: new RoomObjects(env, userAddress(user)),
    ice: iceProvider(config, log),
    places,
    calls,
    push: composePush(env, config),
    features: hooks,
    log,
    count: (name, labels) => {
      metrics.count(name, labels);
    },
    now,
    uuid,
    background: (work) => {
      ctx.waitUntil(
        work.catch((error: unknown) => {
          log("error", "defect", { error: String(error) });
        }),
      );
    },
    expire: () => {
      closeExpired(host, attendance);
    },
  };
  return { host, config, attendance, alarms, mailboxes, ledger };
}

/** Whether some feature needs a device for now. */
function isHeld(host: Host, device: string): boolean {
  return hooks.some((hook) => hook.holds?.(host, device));
}

/** Whether some feature waits for a lost device. */
function isAwaited(host: Host, device: string): boolean {
  return hooks.some((hook) => hook.awaits?.(host, device));
}

/** Closes sockets whose token has expired, except in a call, and sets the alarm for the next. */
function closeExpired(host: Host, attendance: Attendance): void {
  let next = Infinity;
  for (const connection of host.sockets.all()) {
    const { expires = Infinity } = connection;
    if (expires > host.now()) next = Math.min(next, expires);
    else if (!isHeld(host, connection.device)) {
      attendance.close(connection, closeCodes.tokenExpired);
    }
  }
  if (next === Infinity) host.alarms.clear("expire");
  else host.alarms.set("expire", next);
}
