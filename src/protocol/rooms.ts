/** Messages of rooms: group calls whose owner admits the members. */
import * as z from "zod";
import { refuse } from "./errors.ts";
import type { ClientMessage, ServerMessage } from "./message.ts";
import { seal } from "./seal.ts";
import { userInfo } from "./user-info.ts";

const ROOM_FRAME_BYTES = 524_288;
/** Most bytes of JSON that `data` and `peerinfo` may take. */
const EXTRA_BYTES = 8_192;

const MISSING = {
  room: "Missing room",
  peer_id: "Missing peer_id",
  to: "Missing to",
} as const;

const room = z.string().min(1).describe("Name of the room within the app, 1 to 128 characters");
const peerId = z.string().min(1).describe("Opaque id of a peer, of one device");
const info = z.unknown().optional().describe("What the peer says of itself; any JSON up to 8 KiB");
const data = z.unknown().optional().describe("Passed on as it is; any JSON up to 8 KiB");
const user = userInfo.optional().describe("Absent for Socket.IO peers");
const description = z.looseObject({ type: z.string(), sdp: z.string() });
const candidate = z.looseObject({});
const message = z.string();

const request = <T extends z.ZodObject>(payload: T, doc: string, answer?: string) => ({
  payload,
  missing: MISSING,
  limit: ROOM_FRAME_BYTES,
  doc,
  ...(answer === undefined ? {} : { answer }),
});

/** Requests of rooms. */
export const roomRequests = {
  "room.create": request(
    z.object({
      room: z.string().optional().describe("Absent or empty: a fresh UUID v4"),
      peerinfo: info,
      data,
    }),
    "Makes a room whose owner is the sender.",
    "room.created",
  ),
  "room.join": request(
    z.object({ room, peerinfo: info, data }),
    "Asks the owner for admission. A member gets `room.joined` again.",
    "room.joined",
  ),
  "room.accept": request(
    z.object({ room, peer_id: peerId, data }),
    "Admits who asked, by the owner or a co-host.",
    "room.peer_joined",
  ),
  "room.reject": request(
    z.object({ room, peer_id: peerId, data }),
    "Turns away who asked, by the owner or a co-host.",
  ),
  "room.withdraw": request(z.object({ room }), "Takes the sender's own request back."),
  "room.leave": request(z.object({ room }), "Leaves the room."),
  "room.kick": request(z.object({ room, peer_id: peerId }), "Removes a member, by the owner."),
  "room.ban": request(
    z.object({ room, peer_id: peerId }),
    "Removes a member or who asked, and its user for as long as the room exists; by the owner.",
  ),
  "room.lock": request(
    z.object({ room, locked: z.boolean() }),
    "Closes the room to further requests, or opens it again; by the owner.",
  ),
  "room.cohost": request(
    z.object({ room, peer_id: peerId, on: z.boolean() }),
    "Lets a member admit and turn away, or not any more; by the owner.",
  ),
  "room.signal": request(
    z.object({
      to: peerId,
      room: z.string().optional().describe("Absent: a room that both are in"),
      description: description.optional().describe("Session description (RFC 9429)"),
      candidate: candidate.optional().describe("Candidate, or null after the last (RFC 8838)"),
      data,
    }),
    "Relays a description or a candidate to a member of the same room. Exactly one of the two.",
  ),
} satisfies Record<string, ClientMessage>;

/** Why somebody left a room. */
export const leaveReasons = {
  left: "It left by itself.",
  kicked: "The owner removed it.",
  disconnected: "Its socket was lost and did not return in time.",
} as const;

/** Reason of a `room.peer_left`. */
export type LeaveReason = keyof typeof leaveReasons;

const leaveReason = z.enum(Object.keys(leaveReasons) as [LeaveReason, ...LeaveReason[]]);

/** What is said when there is no way in; clients only show it. */
export const roomTexts = {
  taken: "Room already taken someone else. Please type another room name or stay it blank.",
  name: "Room name is not valid",
  notFound: "Room is not found.",
  rejected: "Room owner was rejected your request",
  timeout: "Room owner did not answer your request",
  full: "Room is full",
  locked: "Room is locked",
  banned: "Not allowed",
} as const;

/** Events of rooms. */
export const roomEvents = {
  "room.created": {
    payload: z.object({ room, peer_id: peerId, data }),
    doc: "The room is there and its maker is in it. Answers `room.create`; `peer_id` is the own one.",
  },
  "room.create_rejected": {
    payload: z.object({ message, data }),
    doc: "The name is taken, or it is no name. Answers `room.create`.",
  },
  "room.join_requested": {
    payload: z.object({ room, peer_id: peerId, user, peerinfo: info, data }),
    doc: "Somebody asks to be admitted. Sent to the owner and to co-hosts.",
  },
  "room.joined": {
    payload: z.object({
      room,
      peer_id: peerId,
      owner_id: peerId,
      peers: z.array(peerId).describe("The others"),
      peersinfo: z.record(z.string(), z.unknown()).describe("What they say of themselves, by id"),
      users: z.record(z.string(), userInfo).describe("Who they are, by id"),
      locked: z.literal(true).optional().describe("Nobody may ask at present"),
      cohosts: z.array(peerId).optional().describe("Members who may admit besides the owner"),
      data,
    }),
    doc: "The sender is a member now. Answers `room.join`, once the owner has admitted it.",
  },
  "room.join_rejected": {
    payload: z.object({ room, message, data }),
    doc: "There is no way in: no such room, turned away, no answer in time, full, locked, or not allowed.",
  },
  "room.peer_joined": {
    payload: z.object({ room, peer_id: peerId, user, peerinfo: info, data }),
    doc: "Somebody was admitted. Sent to the other members before the new one hears of it.",
  },
  "room.peer_left": {
    payload: z.object({
      room,
      peer_id: peerId,
      reason: leaveReason,
      owner_id: peerId.describe("Who owns the room now"),
      peerinfo: info,
    }),
    doc: "Somebody left. Sent to the other members and to who was removed; a client that resumes finds its own among what it missed when it was away for too long.",
  },
  "room.signal": {
    payload: z.object({
      room,
      peer_id: peerId.describe("The sender"),
      description: description.optional(),
      candidate: candidate.nullish(),
      peerinfo: info,
      data,
    }),
    doc: "A member's description or candidate, as sent.",
  },
} satisfies Record<string, ServerMessage>;

/** Longest name of a room, in characters. */
const MAX_NAME = 128;

/** Whether a text can be the name of a room. */
export function isRoomName(name: string): boolean {
  // Storage would take two texts with halves of characters for one.
  if (name === "" || name.length > MAX_NAME * 2 || !name.isWellFormed()) return false;
  return Array.from(name).length <= MAX_NAME;
}

const encoder = new TextEncoder();

/**
 * The text of what a request carries for others.
 *
 * @throws {ProtocolError} when it is over 8 KiB
 */
export function extra(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // In an array, since it may be any JSON.
  const json = seal([value]).slice(1, -1);
  if (encoder.encode(json).byteLength > EXTRA_BYTES) throw refuse.tooLarge();
  return json;
}
