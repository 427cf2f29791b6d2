/** One literal frame per message. A message without one does not compile. */
import type { ClientType, ServerType } from "../../src/protocol/index.ts";
import { channelClientFrames, channelServerFrames } from "./channel-examples.ts";

const SESSION = "3f2b8c1e-5a74-4d0b-9c66-1d2e7f9a0b42";
const ALICE = { user_id: "alice", name: "Alice", username: "alice01" };
const BOB = { user_id: "bob", name: "Bob" };
const SDP = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n…";
const CANDIDATE = "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host";

/** A frame as it goes over the wire. */
export interface Frame {
  readonly type: string;
  readonly payload?: unknown;
  readonly ref?: string;
  readonly [field: string]: unknown;
}

// The catch-all stands for many types: its example has one of them.
type Examples<T extends string> = {
  readonly [K in T]: Frame & { readonly type: K extends "*" ? string : K };
};

const ROOM = "daily";
const OWNER_PEER = "9b0c6b1e-2f3a-4c1d-8e57-6a90d4b21f7c";
const PEER = "41d7a6f0-58c2-4e9b-a3d1-0c7f92e6b845";
const DESCRIPTION = { type: "offer", sdp: "v=0…" };

/** What clients send. */
export const clientFrames: Examples<ClientType> = {
  "call.start": { type: "call.start", payload: { callee_id: "bob", glare: "join" }, ref: "1" },
  "call.accept": { type: "call.accept", payload: { session_id: SESSION } },
  "call.reject": { type: "call.reject", payload: { session_id: SESSION } },
  "call.ignore": { type: "call.ignore", payload: { session_id: SESSION } },
  "call.end": { type: "call.end", payload: { session_id: SESSION } },
  "call.check": { type: "call.check", payload: { session_id: SESSION }, ref: "2" },
  "webrtc.offer": { type: "webrtc.offer", payload: { session_id: SESSION, sdp: SDP } },
  "webrtc.answer": { type: "webrtc.answer", payload: { session_id: SESSION, sdp: SDP } },
  "webrtc.ice": {
    type: "webrtc.ice",
    payload: { session_id: SESSION, candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
  },
  "push.register": {
    type: "push.register",
    payload: { device: "phone", os: "android", token: "fR3k…" },
    ref: "3",
  },
  "push.unregister": { type: "push.unregister", payload: { device: "phone" }, ref: "4" },
  "call.ring_ack": { type: "call.ring_ack", payload: { session_id: SESSION } },
  "room.create": { type: "room.create", payload: { room: ROOM, peerinfo: { name: "Alice" } } },
  "room.join": { type: "room.join", payload: { room: ROOM, peerinfo: { name: "Bob" } }, ref: "4" },
  "room.accept": { type: "room.accept", payload: { room: ROOM, peer_id: PEER } },
  "room.reject": {
    type: "room.reject",
    payload: { room: ROOM, peer_id: PEER, data: "Full today" },
  },
  "room.withdraw": { type: "room.withdraw", payload: { room: ROOM } },
  "room.leave": { type: "room.leave", payload: { room: ROOM } },
  "room.kick": { type: "room.kick", payload: { room: ROOM, peer_id: PEER } },
  "room.ban": { type: "room.ban", payload: { room: ROOM, peer_id: PEER } },
  "room.lock": { type: "room.lock", payload: { room: ROOM, locked: true } },
  "room.cohost": { type: "room.cohost", payload: { room: ROOM, peer_id: PEER, on: true } },
  "room.signal": {
    type: "room.signal",
    payload: { to: PEER, room: ROOM, description: DESCRIPTION },
  },
  "ice.get": { type: "ice.get", payload: {}, ref: "5" },
  offer: { type: "offer", to: "bob", data: DESCRIPTION },
  answer: { type: "answer", to: "alice", data: { type: "answer", sdp: "v=0…" } },
  ice: { type: "ice", to: "bob", data: { candidate: CANDIDATE, sdpMid: "0" } },
  "*": { type: "bye", to: "bob", data: null },
  ...channelClientFrames,
};

/** What the service sends. */
export const serverFrames: Examples<ServerType> = {
  "call.ring": {
    type: "call.ring",
    payload: { session_id: SESSION, caller_id: "alice", caller_info: ALICE },
  },
  "call.ringing": {
    type: "call.ringing",
    payload: { session_id: SESSION, callee_id: "bob" },
    ref: "1",
  },
  "call.accepted": { type: "call.accepted", payload: { session_id: SESSION, callee_info: BOB } },
  "call.rejected": { type: "call.rejected", payload: { session_id: SESSION, callee_info: BOB } },
  "call.joined": {
    type: "call.joined",
    payload: { session_id: SESSION, caller_id: "alice", caller_info: ALICE, role: "callee" },
    ref: "1",
  },
  "call.ended": {
    type: "call.ended",
    payload: { session_id: SESSION, reason: "ended_by_user", peer_info: ALICE },
  },
  "call.check_result": {
    type: "call.check_result",
    payload: { session_id: SESSION, exists: true, state: "ringing", caller_id: "alice" },
    ref: "2",
  },
  "call.resumed": {
    type: "call.resumed",
    payload: {
      session_id: SESSION,
      state: "accepted",
      role: "caller",
      peer_id: "bob",
      peer_info: BOB,
    },
  },
  "call.active": { type: "call.active", payload: { session_id: SESSION, device: "laptop" } },
  "call.waiting": { type: "call.waiting", payload: { caller_id: "alice", caller_info: ALICE } },
  "call.peer_reconnecting": {
    type: "call.peer_reconnecting",
    payload: { session_id: SESSION, deadline: 1_790_000_015_000 },
    seq: 4,
  },
  "call.peer_reconnected": {
    type: "call.peer_reconnected",
    payload: { session_id: SESSION },
    seq: 5,
  },
  welcome: {
    type: "welcome",
    payload: {
      connection_id: "0d9f6b52-7c1e-4a83-b6d4-5e2f8a910c37",
      epoch: "b7a1c6d0-2f4e-4c58-9d13-6a7e8f905b24",
      seq: 3,
      resume_token: "b7a1c6d0-2f4e-4c58-9d13-6a7e8f905b24.5c0e…",
      heartbeat_seconds: 25,
      reconnect_jitter_ms: 10_000,
      server_time: 1_790_000_000_000,
      resumed: true,
      calls: [],
    },
  },
  "webrtc.offer": { type: "webrtc.offer", payload: { session_id: SESSION, sdp: SDP } },
  "webrtc.answer": { type: "webrtc.answer", payload: { session_id: SESSION, sdp: SDP } },
  "webrtc.ice": {
    type: "webrtc.ice",
    payload: { session_id: SESSION, candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
  },
  "push.registered": {
    type: "push.registered",
    payload: { device: "phone", os: "android" },
    ref: "3",
  },
  "push.unregistered": { type: "push.unregistered", payload: { device: "phone" }, ref: "4" },
  "call.progress": {
    type: "call.progress",
    payload: { session_id: SESSION, device: "phone", stage: "notified" },
  },
  "room.created": { type: "room.created", payload: { room: ROOM, peer_id: OWNER_PEER } },
  "room.create_rejected": {
    type: "room.create_rejected",
    payload: { message: "Room name is not valid" },
  },
  "room.join_requested": {
    type: "room.join_requested",
    payload: { room: ROOM, peer_id: PEER, user: BOB, peerinfo: { name: "Bob" } },
  },
  "room.joined": {
    type: "room.joined",
    payload: {
      room: ROOM,
      peer_id: PEER,
      owner_id: OWNER_PEER,
      peers: [OWNER_PEER],
      peersinfo: { [OWNER_PEER]: { name: "Alice", peerinfo: { name: "Alice" } } },
      users: { [OWNER_PEER]: ALICE },
    },
    ref: "4",
  },
  "room.join_rejected": {
    type: "room.join_rejected",
    payload: { room: ROOM, message: "Room is locked" },
    ref: "4",
  },
  "room.peer_joined": {
    type: "room.peer_joined",
    payload: { room: ROOM, peer_id: PEER, user: BOB, peerinfo: { name: "Bob" } },
  },
  "room.peer_left": {
    type: "room.peer_left",
    payload: { room: ROOM, peer_id: PEER, reason: "left", owner_id: OWNER_PEER },
  },
  "room.signal": {
    type: "room.signal",
    payload: { room: ROOM, peer_id: OWNER_PEER, description: DESCRIPTION },
  },
  "ice.servers": {
    type: "ice.servers",
    payload: {
      iceServers: [
        { urls: ["stun:stun.cloudflare.com:3478"] },
        {
          urls: ["turn:turn.example.org:3478"],
          username: "1790003600:alice",
          credential: "gZ0o8gTHBOiv7a49VqTRzS0cep4=",
        },
      ],
      ttl: 3_600,
    },
    ref: "5",
  },
  offer: { type: "offer", to: "bob", data: DESCRIPTION, from: "alice" },
  answer: { type: "answer", to: "alice", data: { type: "answer", sdp: "v=0…" }, from: "bob" },
  ice: { type: "ice", to: "bob", data: { candidate: CANDIDATE, sdpMid: "0" }, from: "alice" },
  ...channelServerFrames,
  error: {
    type: "error",
    payload: { code: "user_busy", message: "User is busy", ref_type: "call.start" },
    ref: "1",
  },
  ack: { type: "ack", ref_type: "call.accept", ref: "3" },
};
