/** What a socket without a user may use of the product: rooms, and nothing else. */
import { refuse } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { Call, Handler, Host } from "./feature.ts";
import type { IncomingRequest } from "./index.ts";
import type { PeerMessage } from "./peer.ts";
import { allStays, namePeer, staysOf, type RoomHost } from "./rooms/book.ts";
import { rooms } from "./rooms/index.ts";
import { alarms, departed } from "./rooms/presence.ts";

export type { RoomHost };

/** A request that is under way; what fails later rejects `later`. */
export interface Begun {
  readonly later?: Promise<void>;
}

/** Gives the one device of a peer's object its name in rooms. */
export function introduce(host: RoomHost, { device }: Connection, id: string, app: string): void {
  namePeer(host, device, { id, app });
}

/**
 * Hands a request to its handler.
 *
 * @throws {ProtocolError} when it is refused, or no request of rooms
 */
export async function perform(
  host: RoomHost,
  connection: Connection,
  { type, payload, raw }: Pick<IncomingRequest, "type" | "payload" | "raw">,
): Promise<Begun> {
  const handler = Object.hasOwn(rooms.handlers, type)
    ? (rooms.handlers[type as keyof typeof rooms.handlers] as unknown as RoomHandler)
    : undefined;
  if (!handler) throw refuse.type();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call: Call<unknown> = {
    connection,
    payload,
    raw,
    id: host.uuid(),
    again: false,
    answer: (event) => host.sockets.answer(event, connection),
    refuse: reject,
    acknowledge: resolve,
  };
  // Only signaling ends after its handler; the answers of all else come as events of the room.
  const outcome = await handler(host, call);
  return outcome === "later" && type === "room.signal" ? { later: promise } : {};
}

type RoomHandler = (host: RoomHost, call: Call<unknown>) => ReturnType<Handler<unknown>>;

/** Changes what a peer says of itself in the rooms that it is in or asks to join. `info`: JSON text. */
export function changeInfo(host: RoomHost, peer: string, info: string): void {
  for (const { app, room } of staysOf(host, peer)) {
    const request = { kind: "info", by: peer, info } as const;
    const sent = host.rooms.send({ app, room }, "room.request", { id: host.uuid(), request });
    host.background(sent.catch(() => {}));
  }
}

/** Takes a message of a room's object. */
export function receive(host: RoomHost, { kind, message }: PeerMessage): unknown {
  if (kind !== "room.event") throw new Error("a message that is not for a peer");
  return rooms.peers["room.event"](host, "", message);
}

/** Leaves all rooms, for good. */
export function depart(host: RoomHost, connection: Connection): void {
  departed(host, connection);
}

/** Runs an alarm of the rooms. */
export function ring(host: RoomHost, name: string): void | Promise<void> {
  const [kind = name] = name.split(":");
  return alarms[kind]?.(host as Host, name);
}

/** Whether some room has yet to hear that the peer is gone. */
export function isNeeded(host: RoomHost): boolean {
  return allStays(host).length > 0;
}
