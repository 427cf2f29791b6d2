/** Rooms for group calls: the feature's record. */
import type { Hooks } from "../feature.ts";
import { onRoomEvent } from "./events.ts";
import { alarms, arrived, awaits, departed } from "./presence.ts";
import { cohost, create, decide, join, leave, lock, remove, withdraw } from "./requests.ts";
import { signal } from "./signal.ts";

const hooks: Hooks = { connected: arrived, disconnected: departed, awaits, alarms };

export const rooms = {
  handlers: {
    "room.create": create,
    "room.join": join,
    "room.accept": decide("accept"),
    "room.reject": decide("reject"),
    "room.withdraw": withdraw,
    "room.leave": leave,
    "room.kick": remove("kick"),
    "room.ban": remove("ban"),
    "room.lock": lock,
    "room.cohost": cohost,
    "room.signal": signal,
  },
  peers: { "room.event": onRoomEvent },
  hooks,
};
