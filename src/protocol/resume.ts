/** Resuming: what a client that opted in is told on connecting. */
import * as z from "zod";
import { userInfo } from "./user-info.ts";

const milliseconds = z.int().describe("Milliseconds since the epoch");

export const callSnapshot = z.object({
  session_id: z.string(),
  state: z.enum(["ringing", "accepted"]),
  role: z.enum(["caller", "callee"]),
  peer_id: z.string(),
  peer_info: userInfo.optional(),
  here: z.boolean().describe("Whether the call belongs to this device, or rings on it"),
  ring_deadline: milliseconds.optional().describe("End of ringing, while it rings"),
  claim_deadline: milliseconds
    .optional()
    .describe("End of the grace, while the call's device is away"),
});

/** A live call as a client that starts over has to know it. */
export type CallSnapshot = z.output<typeof callSnapshot>;

/** Seconds between two `ping` of a client that resumes; after twice that it counts as gone. */
export const HEARTBEAT_SECONDS = 25;
/** Clients spread their reconnection over this time, so that a deployment is not followed by a rush. */
export const RECONNECT_JITTER_MS = 10_000;

export const resumeEvents = {
  welcome: {
    payload: z.object({
      connection_id: z.string(),
      epoch: z.string().describe("Names this run of numbers; another one means starting over"),
      seq: z.int().describe("Number of the latest event of this device"),
      resume_token: z.string().describe("Proof for the next connection"),
      heartbeat_seconds: z.int().describe("Send the text frame `ping` this often"),
      reconnect_jitter_ms: z.int().describe("Spread reconnections over this time"),
      server_time: milliseconds,
      resumed: z
        .boolean()
        .describe("Whether everything missed follows; else start over from `calls`"),
      calls: z.array(callSnapshot),
    }),
    doc: "First frame on a socket that opted in with `?resume=1`. Its own `seq` stands in the payload.",
  },
};
