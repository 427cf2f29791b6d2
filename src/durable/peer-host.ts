/** Puts together what rooms see of the platform, for the object of one socket without a user. */
import { parseConfig, type Config } from "../config.ts";
import type { Connection, Outgoing, Sockets } from "../features/connection.ts";
import * as product from "../features/room-peers.ts";
import type { PeerMessage } from "../features/peer.ts";
import { createLog } from "../log.ts";
import { metrics } from "../metrics.ts";
import type { Event, SealedEvent } from "../protocol/message.ts";
import type { PeerCodec } from "../wire/peer-codec.ts";
import { peerCodecs } from "../wire/peer-codecs.ts";
import { peerAddress, RoomObjects } from "./addresses.ts";
import { NamedAlarms } from "./alarms.ts";
import { keptIn } from "./kept.ts";
import { send } from "./socket.ts";

/** Where the session is written down; peer-session.ts says what it holds. */
export const SESSION = "session";

/** The host of rooms, with what only the shell uses. */
export interface PeerShell {
  /** The peer's public id. */
  readonly id: string;
  readonly host: product.RoomHost;
  readonly config: Config;
  readonly alarms: NamedAlarms;
  readonly connection: Connection;
  codec(): PeerCodec | undefined;
  socket(): WebSocket | undefined;
  send(frame: string): void;
  /** Sends an event that the codec knows. */
  tell(event: Event | SealedEvent): boolean;
  receive(message: PeerMessage): unknown;
  ring(name: string): void | Promise<void>;
  depart(): void;
  isNeeded(): boolean;
}

/** Composes the host of a peer's object. */
export function composePeer(ctx: DurableObjectState, env: Env): PeerShell {
  const id = ctx.id.name;
  if (id === undefined) throw new Error("an object without a name belongs to nobody");
  const config = parseConfig(env as unknown as Record<string, unknown>);
  const storage = keptIn(ctx.storage.kv);
  const log = createLog(config.LOG_LEVEL, { peer: id });
  const now = () => Date.now();
  const alarms = new NamedAlarms(storage, ctx.storage, now);
  const session = () => storage.get<{ codec?: string; app?: string; ended?: true }>(SESSION);
  const codec = () => peerCodecs.find(({ path }) => path === session()?.codec);
  const socket = () => {
    const isOpen = session() !== undefined && session()?.ended !== true;
    return isOpen ? ctx.getWebSockets()[0] : undefined;
  };
  const push = (frame: string) => send(socket(), frame);
  const tell = (event: Outgoing | Event): boolean => {
    const frame = codec()?.write(event, id);
    if (frame === undefined) return socket() !== undefined;
    metrics.count("edgering_messages_total", { direction: "out", type: event.type });
    return push(frame);
  };
  const connection = (): Connection => {
    const app = session()?.app;
    const known = app === undefined ? {} : { app };
    // No user: what others are told of it is only what it says of itself.
    return { id, line: id, device: DEVICE, profile: { user_id: "" }, resume: false, ...known };
  };
  const host: product.RoomHost = {
    storage,
    alarms,
    log,
    now,
    sockets: oneSocket(connection, () => socket() !== undefined, tell),
    rooms: new RoomObjects(env, peerAddress(id)),
    // A Socket.IO client that comes back is another peer.
    settings: { graceMs: 0 },
    uuid: () => crypto.randomUUID(),
    background: (work) => {
      ctx.waitUntil(
        work.catch((error: unknown) => log("warn", "request.failed", { error: String(error) })),
      );
    },
  };
  return {
    id,
    host,
    config,
    alarms,
    get connection() {
      return connection();
    },
    codec,
    socket,
    send: push,
    tell,
    receive: (message) => product.receive(host, message),
    ring: (name) => product.ring(host, name),
    depart: () => product.depart(host, connection()),
    isNeeded: () => product.isNeeded(host),
  };
}

/** A peer is one device. */
const DEVICE = "peer";

/** The sockets of an object that has one, and keeps nothing for it once it is gone. */
function oneSocket(
  connection: () => Connection,
  isOpen: () => boolean,
  tell: (event: Outgoing) => boolean,
): Sockets {
  const live = () => (isOpen() ? [connection()] : []);
  return {
    all: live,
    of: (device) => live().find((one) => one.device === device),
    devices: live,
    deliver: (event, to) => to.filter(() => tell(event)).length,
    answer: (event) => void tell(event),
    resumes: () => false,
    isAnswered: () => false,
    reopen: () => undefined,
    reaches: isOpen,
    offer: (event) => (isOpen() && tell(event) ? "taken" : "absent"),
    lastLost: () => undefined,
  };
}
