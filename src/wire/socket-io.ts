/**
 * The Socket.IO codec (Engine.IO protocol 4, Socket.IO protocol 5): the only file that knows packets
 * and acknowledgements. What Socket.IO clients mean is said in native terms.
 *
 * @see https://socket.io/docs/v4/engine-io-protocol/
 * @see https://socket.io/docs/v4/socket-io-protocol/
 */
import { decodePacket } from "engine.io-parser";
import { Decoder, Encoder, PacketType, type Packet } from "socket.io-parser";
import type { Event } from "../protocol/message.ts";
import type { Incoming, PeerCodec } from "./peer-codec.ts";
import { requestOf, spelled, type Fields } from "./socket-io-events.ts";

/** Ids as Engine.IO and Socket.IO make them: 20 characters of base64url. */
const ID_BYTES = 15;
const MAX_PAYLOAD = 1_000_000;
const CONNECT_TIMEOUT_MS = 45_000;
const TOO_LARGE = "Payload is too large";
/** Engine.IO packets; all else travels in messages. */
const OPEN = "0";
const PING = "2";
const MESSAGE = "4";

const encoder = new Encoder();

/** Refusals of which these clients are told, by request. */
const rejections: Readonly<Record<string, string>> = {
  "room.create": "room.create_rejected",
  "room.join": "room.join_rejected",
  auth: "auth.rejected",
};

const BROKEN: Incoming = { kind: "broken" };
const NOTHING: Incoming = { kind: "nothing" };

/** What an Engine.IO packet says that carries no message. */
const transport: Readonly<Record<string, Incoming>> = {
  pong: { kind: "alive" },
  close: { kind: "leave" },
  upgrade: NOTHING,
  noop: NOTHING,
};

/** Stock Socket.IO clients of version 3 and 4, over WebSocket. */
export const socketIo: PeerCodec = {
  path: "/socket.io/",
  limit: MAX_PAYLOAD,
  patience: CONNECT_TIMEOUT_MS,
  ping: PING,
  farewell: frameOf({ type: PacketType.DISCONNECT, nsp: "/" }),

  refuse(query) {
    if (query.get("transport") !== "websocket") return { code: 0, message: "Transport unknown" };
    if (query.has("sid")) return { code: 1, message: "Session ID unknown" };
    return query.get("EIO") === "4"
      ? undefined
      : { code: 5, message: "Unsupported protocol version" };
  },

  newId,

  greet: ({ pingInterval, pingTimeout }) =>
    OPEN +
    JSON.stringify({
      sid: newId(),
      upgrades: [],
      pingInterval,
      pingTimeout,
      maxPayload: MAX_PAYLOAD,
    }),

  welcome: (id) => frameOf({ type: PacketType.CONNECT, nsp: "/", data: { sid: id } }),

  read(frame) {
    if (typeof frame !== "string") return BROKEN;
    const { type, data } = decodePacket(frame) as { type: string; data?: unknown };
    if (type !== "message") return transport[type] ?? BROKEN;
    const packet = typeof data === "string" ? decode(data) : undefined;
    return packet === undefined ? BROKEN : meaning(packet);
  },

  write(event, peer) {
    const data = spelled(event, peer);
    return data && frameOf({ type: PacketType.EVENT, nsp: "/", data: [...data] });
  },

  settle: (ack, error) =>
    frameOf({
      type: PacketType.ACK,
      nsp: "/",
      id: ack,
      data: [error ? { ok: false, code: error.code, message: error.message } : { ok: true }],
    }),

  refusal(type, { code }): Event | undefined {
    const rejection = Object.hasOwn(rejections, type) ? rejections[type] : undefined;
    if (code !== "message_too_large" || rejection === undefined) return undefined;
    return { type: rejection, payload: { message: TOO_LARGE } };
  },
};

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** A packet as a frame. Ours hold no binary, so the parser makes one piece of each. */
function frameOf(packet: Packet): string {
  return MESSAGE + String(encoder.encode(packet)[0]);
}

/** The packet in a message; nothing when it is none, or waits for binary attachments. */
function decode(text: string): Packet | undefined {
  const decoder = new Decoder();
  let decoded: Packet | undefined;
  decoder.on("decoded", (packet) => (decoded = packet));
  try {
    decoder.add(text);
  } catch {
    return undefined;
  } finally {
    decoder.destroy();
  }
  return decoded;
}

function meaning({ type, nsp, data, id }: Packet): Incoming {
  if (nsp !== "/") return elsewhere(type, nsp);
  switch (type) {
    case PacketType.CONNECT:
      return { kind: "connect", token: (data as Fields | undefined)?.["token"] };
    case PacketType.DISCONNECT:
      return { kind: "leave" };
    case PacketType.EVENT:
      return Array.isArray(data) ? eventOf(data, id) : BROKEN;
    case PacketType.ACK:
      return NOTHING;
    case PacketType.CONNECT_ERROR:
    case PacketType.BINARY_EVENT:
    case PacketType.BINARY_ACK:
      return BROKEN;
  }
}

/** There is one namespace. */
function elsewhere(type: PacketType, nsp: string): Incoming {
  if (type !== PacketType.CONNECT) return BROKEN;
  const data = { message: "Invalid namespace" };
  return { kind: "reply", frame: frameOf({ type: PacketType.CONNECT_ERROR, nsp, data }) };
}

function eventOf([name, given]: readonly unknown[], ack: number | undefined): Incoming {
  const data = isObject(given) ? given : {};
  if (name === "auth-request") {
    const { token, peerinfo, payload } =
      typeof given === "string" ? { token: given } : asAuth(data);
    return { kind: "auth", token, peerinfo, data: payload, ack };
  }
  return { kind: "request", auth: data["auth"], ...requestOf(name, data), ack };
}

const asAuth = (data: Fields): { token?: unknown; peerinfo?: unknown; payload?: unknown } => data;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
