/** The caller's side of a ring: what comes of having the callee's devices rung. */
import type { LiveCall } from "../../core/live-call.ts";
import { refuse } from "../../protocol/errors.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { Host } from "../feature.ts";
import { announce } from "./announce.ts";
import { endedCalls, forgetCall, liveCall } from "./book.ts";
import { abandon, keyOf } from "./ending.ts";
import { settle } from "./settling.ts";

/** Has the callee's devices rung, and tells the caller what came of it. */
export async function ringPeer(host: Host, mine: LiveCall, callerInfo: UserInfo): Promise<void> {
  const { session, ringUntil, wake, progress } = mine;
  const wish = { ...(wake ? { wake } : {}), ...(progress ? { progress } : {}) };
  let reply: "ringing" | "offline" | "busy" | "over";
  try {
    const ring = { session, callerInfo, ringUntil, ...wish };
    reply = await host.peers.send(mine.peer, "call.ring", ring);
  } catch (error) {
    const known = liveCall(host);
    // A callee that has answered was rung: nothing but the reply is lost.
    if (known?.session !== session || known.state === "accepted") return;
    abandon(host, known, { action: "lose" });
    throw refuse.start(error);
  }
  const current = liveCall(host);
  if (current?.session !== session) {
    const ended = endedCalls(host).find((over) => over.session === session);
    if (ended?.announced) return;
    throw refuse.notFound();
  }
  if (reply === "ringing") {
    announce(host, current);
    return;
  }
  forgetCall(host, mine, "unreachable");
  settle(host, { call: keyOf(host, mine) });
  throw reply === "offline" ? refuse.offline() : refuse.busy();
}

/** Refuses a start for a fault on the way, whatever it was. */
export function failStart(error: unknown): never {
  throw refuse.start(error);
}
