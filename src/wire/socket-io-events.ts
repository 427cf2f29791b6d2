/** Events that stock Socket.IO clients of rooms know, and what they are in native terms. */
import type { Event, SealedEvent } from "../protocol/message.ts";
import { roomTexts } from "../protocol/rooms.ts";

/** Fields by name, as they came out of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Native names of fields, with those that these clients use. */
type Request = readonly [type: string, fields: Readonly<Record<string, string>>];

/** Requests by event name: what of the data becomes the native payload. */
const requests: Readonly<Record<string, Request>> = {
  "room-create-request": ["room.create", { room: "room", data: "payload" }],
  "room-join-request": ["room.join", { room: "room", data: "payload" }],
  "room-join-accept": ["room.accept", { room: "room", peer_id: "peer_id", data: "payload" }],
  "room-join-reject": ["room.reject", { room: "room", peer_id: "peer_id", data: "payload" }],
  "relay-session-description": [
    "room.signal",
    { to: "to", room: "room", description: "session_description", data: "payload" },
  ],
  "relay-ice-candidate": [
    "room.signal",
    { to: "to", room: "room", candidate: "ice_candidate", data: "payload" },
  ],
};

/** Events by native type: their name, and their data out of the native payload. */
const events: Readonly<
  Record<string, (payload: Fields, peer: string) => readonly [name: string, data: Fields]>
> = {
  "auth.accepted": ({ data, token }) => ["auth-accept", { payload: data, token }],
  "auth.rejected": ({ message, data }) => ["auth-reject", { message, payload: data }],
  "auth.required": ({ message }) => ["unauthorized", { message }],
  "room.created": ({ room, data }) => ["room-create-accept", { room, payload: data }],
  "room.create_rejected": ({ message, data }) => ["room-create-reject", { payload: data, message }],
  "room.join_requested": ({ room, peer_id, data, peerinfo }) => [
    "room-join-request",
    { room, peer_id, payload: data, peerinfo },
  ],
  "room.joined": ({ room, peer_id, peers, peersinfo, data }) => [
    "room-join-accept",
    { room, peer_id, peers, peersinfo, payload: data },
  ],
  "room.join_rejected": ({ room, message, data }, peer) => [
    "room-join-reject",
    room === undefined || message === roomTexts.notFound
      ? { message, payload: data }
      : { room, peer_id: peer, message, payload: data },
  ],
  "room.peer_joined": ({ room, peer_id, data, peerinfo }) => [
    "room-user-join",
    { room, peer_id, payload: data, peerinfo },
  ],
  "room.peer_left": ({ room, peer_id, peerinfo }) => [
    "room-user-leave",
    { room, peer_id, peerinfo },
  ],
  "room.signal": ({ room, peer_id, description, candidate, data, peerinfo }) => {
    const rest = { payload: data, peerinfo };
    return description === undefined
      ? ["ice-candidate", { room, peer_id, ice_candidate: candidate, ...rest }]
      : ["session-description", { room, peer_id, session_description: description, ...rest }];
  },
};

const UNKNOWN: Request = ["", {}];

/** A text that is no name either: what is not even text is rejected as that is. */
const NO_NAME = " ".repeat(129);

/** The native request that an event is; an empty type when there is no such request. */
export function requestOf(
  name: unknown,
  data: Fields,
): { readonly type: string; readonly payload: Fields } {
  const known = typeof name === "string" && Object.hasOwn(requests, name);
  const [type, fields] = (known ? requests[name] : undefined) ?? UNKNOWN;
  const payload = Object.fromEntries(
    Object.entries(fields).flatMap(([native, own]) =>
      Object.hasOwn(data, own) ? [[native, data[own]]] : [],
    ),
  );
  if (type === "room.create" && typeof (data["room"] ?? "") !== "string") payload["room"] = NO_NAME;
  return { type, payload };
}

/** A native event as name and data; nothing when these clients know no such event. */
export function spelled(
  event: Event | SealedEvent,
  peer: string,
): readonly [name: string, data: Fields] | undefined {
  const spell = Object.hasOwn(events, event.type) ? events[event.type] : undefined;
  if (!spell) return undefined;
  const payload = "json" in event ? (JSON.parse(event.json) as Fields) : (event.payload as Fields);
  return spell(payload, peer);
}
