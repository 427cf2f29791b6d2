/** Devices that come and go: a lost one keeps its place for the grace, and what is said waits for it. */
import type { Connection } from "../connection.ts";
import type { Hooks } from "../feature.ts";
import {
  GONE,
  allStays,
  appOf,
  endStay,
  forgetPeer,
  mournLater,
  ownPeer,
  putStay,
  staysOf,
  takeKept,
} from "./book.ts";
import type { RoomHost, Stay } from "./book.ts";

const WATCH = "rooms.watch";
/** A socket that vanished together with its object, as in a deployment, is missed after this long. */
const WATCH_MS = 60_000;

/** Wakes the object now and then while its devices are in rooms. */
export function keepWatch(host: RoomHost): void {
  host.alarms.set(WATCH, host.now() + WATCH_MS);
}

/** A device is here: it gets what waited for it. One that now belongs to another app is another peer. */
export function arrived(host: RoomHost, connection: Connection, resumed = false): void {
  const { device } = connection;
  const peer = ownPeer(host, device);
  if (!peer) return;
  // References of a client that starts over are none of its predecessor's.
  const stays = resumed ? [] : staysOf(host, peer.id);
  for (const { ref, ...stay } of stays) if (ref !== undefined) putStay(host, stay);
  if (peer.app !== appOf(connection)) {
    giveUp(host, device);
    takeKept(host, device);
    return;
  }
  if (!allStays(host).some((stay) => stay.device === device && stay.gone)) {
    host.alarms.clear(`${GONE}:${device}`);
  }
  for (const event of takeKept(host, device)) host.sockets.deliver(event, [connection]);
}

/** A device's socket is gone; the device itself is, when it stays away past the grace. */
export function departed(host: RoomHost, { device }: Connection): void {
  if (!ownPeer(host, device) || host.sockets.of(device)) return;
  if (host.settings.graceMs === 0) {
    giveUp(host, device);
    host.background(farewell(host, device));
  } else mournLater(host, device);
}

/** Gives a device's parts in rooms up; an alarm tells the rooms. */
function giveUp(host: RoomHost, device: string): void {
  forget(host, device);
  host.alarms.set(`${GONE}:${device}`, host.now());
}

/** Forgets who a device was. If it comes back it is another peer. */
function forget(host: RoomHost, device: string): void {
  const peer = ownPeer(host, device);
  const isAway = host.sockets.of(device) === undefined && host.sockets.resumes(device);
  for (const stay of peer ? staysOf(host, peer.id) : []) {
    putStay(host, { ...stay, gone: true });
    if (!isAway) continue;
    if (stay.state === "member") tellLost(host, stay);
    // What it asked is void, too; when it is back it asks as another peer.
    else if (stay.ref !== undefined) host.sockets.reopen(device, stay.ref);
  }
  forgetPeer(host, device);
}

/** A client that resumes finds among what it missed that it is in a room no more. */
function tellLost(host: RoomHost, { room, peer, device, owner = "" }: Stay): void {
  const payload = { room, peer_id: peer, reason: "disconnected", owner_id: owner } as const;
  host.sockets.deliver({ type: "room.peer_left", payload }, [{ device }]);
}

/** Tells the rooms of devices that are gone. Throws when one is out of reach. */
async function farewell(host: RoomHost, device: string): Promise<void> {
  if (!host.sockets.of(device)) {
    forget(host, device);
    takeKept(host, device);
  }
  const gone = allStays(host).filter((stay) => stay.device === device && stay.gone);
  await Promise.all(
    gone.map(async (stay) => {
      const request = { kind: "leave", by: stay.peer, reason: "disconnected" } as const;
      const { app, room } = stay;
      await host.rooms.send({ app, room }, "room.request", { id: host.uuid(), request });
      endStay(host, stay);
    }),
  );
}

/** Alarms, by name. */
export const alarms: NonNullable<Hooks["alarms"]> = {
  [GONE]: (host, name) => farewell(host, name.slice(GONE.length + 1)),
  // To be awake is enough: a socket that is missing is found on waking.
  [WATCH]: (host) => {
    if (allStays(host).length > 0) keepWatch(host);
  },
};

/** Whether a lost device is still expected. */
export function awaits(host: RoomHost, device: string): boolean {
  return allStays(host).some((stay) => stay.device === device && !stay.gone);
}
