/** Rooms in the states that tests begin with. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { breakWay } from "./ways.ts";
import { connect, someone, type Client } from "./client.ts";

/** A member of a room: its client, and its id there. */
export interface Member {
  readonly client: Client;
  readonly id: string;
}

/** A room of a new owner. `more`: parameters of the owner's address. */
export async function newRoom(
  more = "",
  payload: object = {},
): Promise<{ room: string; owner: Member }> {
  const client = await connect(someone("owner"), more);
  client.send("room.create", { ...payload });
  const { room, peer_id: id } = await client.next("room.created");
  return { room: String(room), owner: { client, id: String(id) } };
}

/** Asks to be admitted and waits until the owner knows; returns the asker's id. */
export async function knock(
  client: Client,
  room: string,
  owner: Client,
  payload: object = {},
): Promise<string> {
  client.send("room.join", { room, ...payload });
  return String((await owner.next("room.join_requested"))["peer_id"]);
}

/** Admits somebody new. The others in the room must be told, and in that order. */
export async function admitted(
  room: string,
  owner: Member,
  others: readonly Member[] = [],
  more = "",
): Promise<Member> {
  const client = await connect(someone("member"), more);
  const id = await knock(client, room, owner.client);
  owner.client.send("room.accept", { room, peer_id: id });
  for (const other of [owner, ...others]) await other.client.next("room.peer_joined");
  await client.next("room.joined");
  return { client, id };
}

/** Stub of a room's object. */
export function roomObject(room: string, app = "default") {
  return env.ROOM.getByName(JSON.stringify([app, room]));
}

/** Runs the alarm of a room's object, due or not, if it has one. */
export function runRoomAlarm(room: string): Promise<boolean> {
  return runDurableObjectAlarm(roomObject(room));
}

/** As the platform tells of a connection that was lost. */
export const lost = () => Object.assign(new Error("lost"), { retryable: true });

/** Breaks the way from rooms to one peer, until it is mended. */
export function breakWayTo(peer: unknown) {
  return breakWay(
    ({ messages }) =>
      messages.some(({ kind, message }) => kind === "room.event" && message.peer === peer),
    lost(),
  );
}

/** Sends a candidate to a peer, whose text is the request's reference as well. */
export function signal(from: Client, room: string, to: string, candidate: string): void {
  from.send("room.signal", { room, to, candidate: { candidate } }, { ref: candidate });
}
