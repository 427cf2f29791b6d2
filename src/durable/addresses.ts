/** Names of objects, and the way to them. A user, a Socket.IO peer and a room never share a name. */
import type { PeerMessages, RoomAddress, RoomKind } from "../features/peer.ts";
import type { Rooms } from "../features/feature.ts";
import { PeerObjects, type Receiver } from "./peers.ts";

const USER = "user:";
const PEER = "peer:";

/** Address of a user's object. */
export const userAddress = (user: string) => USER + user;

/** Address of the object of a Socket.IO peer. */
export const peerAddress = (peer: string) => PEER + peer;

/** The object that an address names; a fresh stub each time. */
export function objectAt(env: Env, address: string): Receiver {
  if (address.startsWith(USER)) return env.USER.getByName(address.slice(USER.length));
  if (address.startsWith(PEER)) return env.PEER.getByName(address.slice(PEER.length));
  throw new Error("an address of no kind");
}

/** Name of a room's object: no two pairs of app and room share one. */
export const roomName = ({ app, room }: RoomAddress) => JSON.stringify([app, room]);

/** Delivers requests to rooms' objects, in order per room. */
export class RoomObjects implements Rooms {
  readonly self: string;
  readonly #objects: PeerObjects;

  constructor(env: Env, self: string) {
    this.self = self;
    this.#objects = new PeerObjects(self, (name) => env.ROOM.getByName(name));
  }

  send<K extends RoomKind>(
    address: RoomAddress,
    kind: K,
    message: Omit<PeerMessages[K]["message"], keyof RoomAddress>,
  ): Promise<PeerMessages[K]["reply"]> {
    const whole = { ...message, ...address } as PeerMessages[K]["message"];
    return this.#objects.send(roomName(address), kind, whole);
  }
}
