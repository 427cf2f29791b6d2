/** The two that are compared, behind one face: pairs of clients that send each other messages. */
import type { Client } from "./socket.ts";

/** What is sent. Sizes are those of browsers: a candidate of some 200 bytes, an offer of some 3 KB. */
export type Kind = "candidate" | "offer";

/** One direction of a pair. */
export interface Lane {
  readonly from: Client;
  readonly to: Client;
  /** Spells a message out; it arrives with the same mark at its end. */
  readonly spell: (kind: Kind, mark: number) => string;
}

/** A server under load. */
export interface Contender {
  readonly pid: number;
  /** Both directions of every pair. */
  readonly lanes: readonly Lane[];
}

const MARK_DIGITS = 8;
/** What follows the mark in every frame: the ends of a string, the payload and the frame. */
const TAIL = 3;

const CANDIDATE =
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.17 rport 46154 generation 0 ufrag EEtu network-cost 999";
const ATTRIBUTES = [
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 transport-cc",
  "a=rtcp-fb:96 nack pli",
  "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset",
  "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
];
const DESCRIPTION = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102",
  ...Array.from({ length: 13 }, () => ATTRIBUTES).flat(),
  "",
].join("\r\n");

/** Fields of what is sent, by kind, without their braces. */
export const bodies = {
  candidate: JSON.stringify({ candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 }).slice(1, -1),
  offer: JSON.stringify({ sdp: DESCRIPTION }).slice(1, -1),
} as const satisfies Record<Kind, string>;

const types = { candidate: "webrtc.ice", offer: "webrtc.offer" } as const satisfies Record<
  Kind,
  string
>;

/** A mark as it stands in a frame. */
export const spelledMark = (mark: number): string => String(mark).padStart(MARK_DIGITS, "0");

/** Makes the frames of a lane. `head` is what stands before the payload, `session` names the call. */
export function speller(head: string, session: string): (kind: Kind, mark: number) => string {
  const before = (kind: Kind) =>
    `{"type":"${types[kind]}",${head}"payload":{"session_id":"${session}",${bodies[kind]},"mark":"`;
  const heads = { candidate: before("candidate"), offer: before("offer") };
  return (kind, mark) => `${heads[kind]}${spelledMark(mark)}"}}`;
}

/** The mark of a message that arrived. */
export function markOf(frame: Buffer): number {
  const end = frame.length - TAIL;
  const mark = Number(frame.toString("latin1", end - MARK_DIGITS, end));
  if (Number.isNaN(mark))
    throw new Error(`not a relayed message: ${frame.toString().slice(0, 200)}`);
  return mark;
}
