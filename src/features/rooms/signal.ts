/** Descriptions and candidates between members: by way of the room, which knows who is in it. */
import type { Signal } from "../../core/room-state.ts";
import { refusalOr, refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { extra, isRoomName } from "../../protocol/rooms.ts";
import { seal } from "../../protocol/seal.ts";
import type { Call } from "../feature.ts";
import type { RoomAddress } from "../peer.ts";
import { peerOf, sharedRoom, type RoomHost } from "./book.ts";
import { refusalOf } from "./requests.ts";

const FAILURE = "Failed to forward signal";

/**
 * `room.signal`. It does not wait for the room, so that a burst shares a delivery; an error of the
 * delivery still reaches the sender.
 */
export function signal(host: RoomHost, call: Call<ClientPayload<"room.signal">>): "later" {
  const { to, data } = call.payload;
  const { id: by, app } = peerOf(host, call.connection);
  const part = partOf(call);
  const json = extra(data);
  const room = call.payload.room || sharedRoom(host, by, to);
  if (room === undefined) throw refuse.peerNotFound();
  if (!isRoomName(room)) throw refuse.roomNotFound();
  const sent = { by, target: to, ...part, ...(json === undefined ? {} : { data: json }) };
  host.background(deliver(host, { app, room }, sent, call));
  return "later";
}

/** The one of the two that a signal is about. A null candidate says that there are no more (RFC 8838). */
function partOf({ payload, raw }: Call<ClientPayload<"room.signal">>) {
  const { description, candidate } = payload;
  const isLast = candidate === undefined && raw["candidate"] === null;
  if (description !== undefined && candidate === undefined) {
    return { what: "description", json: seal(description) } as const;
  }
  if (description !== undefined) throw refuse.payload();
  if (candidate === undefined && !isLast) throw refuse.missing("Missing description or candidate");
  return { what: "candidate", json: candidate === undefined ? "null" : seal(candidate) } as const;
}

async function deliver(
  host: RoomHost,
  address: RoomAddress,
  sent: Signal,
  call: Call<unknown>,
): Promise<void> {
  // A relayed request that comes again is recognised by the receiver's object.
  const lasting =
    call.connection.resume && call.ref !== undefined ? { lasting: true as const } : {};
  const known = { id: call.id, ...lasting };
  try {
    const reply = await host.rooms.send(address, "room.relay", { ...known, signal: sent });
    if (reply === "taken") call.acknowledge();
    else if (reply === "full" || reply === "failed") throw refuse.failed(FAILURE);
    else throw refusalOf(reply);
  } catch (error) {
    call.refuse(refusalOr(error, FAILURE));
  }
}
