/** Servers that help peers to find a way to each other (RFC 8445, RFC 8656). */
import * as z from "zod";
import type { ClientMessage, ServerMessage } from "./message.ts";

const FRAME_BYTES = 524_288;

/** What `RTCPeerConnection` takes as one of its `iceServers`. */
const iceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});

/** What a TURN service answers: one server or several, each with one address or several. */
export const offeredServers = z.object({
  iceServers: z.preprocess(
    (value) => [value].flat(),
    z.array(
      z.preprocess((server) => {
        const { urls } = server as { urls?: unknown };
        return { ...(server as object), urls: [urls].flat() };
      }, iceServer),
    ),
  ),
});

/** Servers, and how long their credentials are good. */
export const iceServers = z.object({
  iceServers: z.array(iceServer),
  ttl: z.int().describe("Seconds for which the credentials are good"),
  degraded: z.literal(true).optional().describe("A provider failed; these are what is left"),
});

export const iceRequests = {
  "ice.get": {
    payload: z.object({}),
    missing: "Invalid payload",
    limit: FRAME_BYTES,
    doc: "Asks for STUN and TURN servers, as `GET /ice-servers` does.",
    answer: "ice.servers",
  },
} satisfies Record<string, ClientMessage>;

export const iceEvents = {
  "ice.servers": { payload: iceServers, doc: "Answers `ice.get`. Ask again before `ttl` is over." },
} satisfies Record<string, ServerMessage>;

/** One server with its addresses and credentials. */
export type IceServer = z.output<typeof iceServer>;
/** The answer to who asks for servers. `ttl` in seconds. */
export type IceServers = z.output<typeof iceServers>;
