/** What devices ask of rooms. The room judges; its events come back by their own way (events.ts). */
import type { RoomPeer, RoomRefusal, RoomRequest } from "../../core/room-state.ts";
import { ProtocolError, refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { extra, isRoomName, roomTexts } from "../../protocol/rooms.ts";
import { expectAnswer } from "../answers.ts";
import type { Call } from "../feature.ts";
import type { RoomReply } from "../peer.ts";
import {
  answerOf,
  endStay,
  peerOf,
  putStay,
  stayIn,
  type OwnPeer,
  type RoomHost,
  type Stay,
} from "./book.ts";
import { keepWatch } from "./presence.ts";

const refusals: Readonly<Record<RoomRefusal, () => ProtocolError>> = {
  room_not_found: refuse.roomNotFound,
  not_authorized: refuse.notAuthorized,
  no_pending: refuse.noPending,
  peer_not_found: refuse.peerNotFound,
};

/** The refusal that a room's reply becomes on the wire. */
export function refusalOf(reply: RoomRefusal): ProtocolError {
  return refusals[reply]();
}

const dataOf = (value: unknown) => {
  const data = extra(value);
  return data === undefined ? {} : { data };
};

/** `room.create` */
export async function create(host: RoomHost, call: Call<ClientPayload<"room.create">>) {
  const { peerinfo, data } = call.payload;
  const extras = { ...dataOf(data), peer: roomPeer(host, call, peerinfo) };
  // The same name when the request comes again.
  const room = call.payload.room || call.id;
  if (!isRoomName(room)) {
    const payload = { message: roomTexts.name, ...(data === undefined ? {} : { data }) };
    call.answer({ type: "room.create_rejected", payload });
    return undefined;
  }
  enter(host, call, room, "creating");
  return ask(host, call, room, { kind: "create", ...extras, ...refOf(call) });
}

/** `room.join` */
export async function join(host: RoomHost, call: Call<ClientPayload<"room.join">>) {
  const { room, peerinfo, data } = call.payload;
  const extras = { ...dataOf(data), peer: roomPeer(host, call, peerinfo) };
  if (!isRoomName(room)) {
    const payload = { room, message: roomTexts.notFound, ...(data === undefined ? {} : { data }) };
    call.answer({ type: "room.join_rejected", payload });
    return undefined;
  }
  enter(host, call, room, "asking");
  return ask(host, call, room, { kind: "join", ...extras, ...refOf(call) });
}

/** `room.accept` and `room.reject` */
export const decide =
  (kind: "accept" | "reject") =>
  async (host: RoomHost, call: Call<ClientPayload<"room.accept">>) => {
    const { room, peer_id: target, data } = call.payload;
    const by = peerOf(host, call.connection).id;
    const ref = kind === "accept" ? refOf(call) : {};
    return ask(host, call, room, { kind, by, target, ...dataOf(data), ...ref });
  };

/** `room.kick` and `room.ban` */
export const remove =
  (kind: "kick" | "ban") => async (host: RoomHost, call: Call<ClientPayload<"room.kick">>) => {
    const { room, peer_id: target } = call.payload;
    return ask(host, call, room, { kind, by: peerOf(host, call.connection).id, target });
  };

/** `room.lock` */
export async function lock(host: RoomHost, call: Call<ClientPayload<"room.lock">>) {
  const { room, locked } = call.payload;
  return ask(host, call, room, { kind: "lock", by: peerOf(host, call.connection).id, locked });
}

/** `room.cohost` */
export async function cohost(host: RoomHost, call: Call<ClientPayload<"room.cohost">>) {
  const { room, peer_id: target, on } = call.payload;
  const by = peerOf(host, call.connection).id;
  return ask(host, call, room, { kind: "cohost", by, target, on });
}

/** `room.withdraw` */
export async function withdraw(host: RoomHost, call: Call<ClientPayload<"room.withdraw">>) {
  const { room } = call.payload;
  const by = peerOf(host, call.connection).id;
  await ask(host, call, room, { kind: "withdraw", by });
  settleOpen(host, call, stayIn(host, by, room));
  part(host, by, room);
}

/** `room.leave`. Who was a member and is out already has left: the answer of the first time was lost. */
export async function leave(host: RoomHost, call: Call<ClientPayload<"room.leave">>) {
  const { room } = call.payload;
  const by = peerOf(host, call.connection).id;
  const wasMember = stayIn(host, by, room)?.state === "member";
  try {
    await ask(host, call, room, { kind: "leave", by, reason: "left" });
  } catch (error) {
    const isOut = error instanceof ProtocolError && error.code !== "internal_error";
    if (!(isOut && (wasMember || call.again))) throw error;
  }
  part(host, by, room);
}

/** Asks a room, and says whether the answer comes later. Throws the refusal. */
async function ask(
  host: RoomHost,
  call: Call<unknown>,
  room: string,
  request: RoomRequest,
): Promise<"later" | undefined> {
  const { app } = peerOf(host, call.connection);
  if (!isRoomName(room)) throw refuse.roomNotFound();
  // A device that was away for too long is another peer, and what it asked as the former one is void.
  const peer = "peer" in request ? request.peer.id : request.by;
  const id = `${call.id}:${peer}`;
  const answer = expectAnswer(host, answerOf(peer, call.ref));
  let reply: RoomReply;
  try {
    reply = await host.rooms.send({ app, room }, "room.request", { id, request });
  } catch (error) {
    // Who has had the answer must not be told that it failed.
    if (answer.hasCome()) return "later";
    throw refuse.failed("Failed to reach the room", error);
  } finally {
    answer.end();
  }
  if (reply !== "done" && reply !== "answered") throw refusalOf(reply);
  const hasAnswer = request.kind === "create" || request.kind === "join";
  return reply === "answered" || hasAnswer ? "later" : undefined;
}

/** Begins a part in a room, before the room knows, so that its first event finds it. */
function enter(
  host: RoomHost,
  call: Call<unknown>,
  room: string,
  state: "creating" | "asking",
): void {
  const { connection } = call;
  const { id: peer, app } = peerOf(host, connection);
  const known = stayIn(host, peer, room);
  if (known?.state === "member") return;
  // Who asks to join stays an asker, even if it tries to make the room.
  if (state === "creating" && known?.state === "asking") return;
  if (state === "asking") settleOpen(host, call, known);
  const { device } = connection;
  const seen = known?.seen ?? 0;
  putStay(host, { app, room, peer, device, state, people: {}, seen, ...refOf(call) });
  keepWatch(host);
}

/**
 * A request to join that was taken back, or made again, has no other answer. A client that resumes would
 * make it once more.
 */
function settleOpen(host: RoomHost, { connection, ref: latest }: Call<unknown>, stay?: Stay): void {
  const { ref, state } = stay ?? {};
  if (!connection.resume || state !== "asking" || ref === undefined || ref === latest) return;
  if (host.sockets.isAnswered(connection.device, ref)) return;
  host.sockets.answer({ type: "ack", payload: { ref_type: "room.join" }, ref }, connection);
}

function part(host: RoomHost, peer: string, room: string): void {
  const stay = stayIn(host, peer, room);
  if (stay) endStay(host, stay);
}

function roomPeer(host: RoomHost, { connection }: Call<unknown>, peerinfo: unknown): RoomPeer {
  const { id }: OwnPeer = peerOf(host, connection);
  const info = peerinfo ? extra(peerinfo) : undefined;
  // A Socket.IO peer has no user.
  const user = connection.profile.user_id === "" ? {} : { user: connection.profile };
  return { id, at: host.rooms.self, ...user, ...(info === undefined ? {} : { info }) };
}

function refOf({ ref }: Call<unknown>): { ref?: string } {
  return ref === undefined ? {} : { ref };
}
