/** Chat: rooms that guests and users talk in. The feature's record. */
import { placeOf } from "../../core/place.ts";
import { FIRST_ROOM, MAX_TEXT_BYTES, roomNamed } from "../../protocol/chat.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { forgetStays, stayOf } from "../standing.ts";
import type { Handler, Hooks } from "../feature.ts";
import { PeerUnreachable } from "../feature.ts";
import { enter } from "./room.ts";

const encoder = new TextEncoder();

/** Handles `send_message`. The sender gets it as everybody does. */
const sendMessage: Handler<ClientPayload<"send_message">> = (host, call) => {
  const { message = "" } = call.payload;
  if (message.trim() === "") return undefined;
  if (encoder.encode(message).byteLength > MAX_TEXT_BYTES) throw refuse.tooLarge();
  const { connection, id } = call;
  if (stayOf(host, connection.line) === undefined) enter(host, connection, FIRST_ROOM);
  const room = stayOf(host, connection.line)?.room ?? FIRST_ROOM;
  const { name, username } = connection.profile;
  const said = host.places.send(placeOf("chat", room), "place.publish", {
    id,
    ...(connection.resume && call.ref !== undefined ? { key: id } : {}),
    user: host.user,
    name: name ?? username ?? host.user,
    json: JSON.stringify(message),
  });
  host.background(
    said.then(
      () => {
        call.acknowledge();
      },
      (error: unknown) => {
        const away = error instanceof PeerUnreachable;
        call.refuse(away ? refuse.failed("Failed to send message", error) : error);
      },
    ),
  );
  return "later";
};

/** Handles `change_room`. */
const changeRoom: Handler<ClientPayload<"change_room">> = (host, { connection, payload }) => {
  const room = roomNamed(payload.name ?? "");
  if (room === undefined) throw refuse.payload("Invalid room name");
  enter(host, connection, room);
};

const hooks: Hooks = {
  connected(host, connection) {
    if (connection.guest) enter(host, connection, FIRST_ROOM);
  },
  disconnected: forgetStays,
  forgotten: forgetStays,
};

export const chat = {
  handlers: { send_message: sendMessage, change_room: changeRoom },
  hooks,
};
