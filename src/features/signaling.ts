/** Offers, answers and candidates, relayed from object to object without asking the store. */
import { judge } from "../core/call.ts";
import { overdue, type LiveCall } from "../core/live-call.ts";
import { refusalOr, refuse } from "../protocol/errors.ts";
import type { ClientPayload } from "../protocol/index.ts";
import type { SealedEvent } from "../protocol/message.ts";
import { seal } from "../protocol/seal.ts";
import { liveCall, rememberSeen, seenBefore } from "./calls/book.ts";
import { callNamed } from "./calls/lookup.ts";
import { wait } from "./calls/waiting-room.ts";
import type { Connection } from "./connection.ts";
import type { Call, Handler, Host, PeerHandler } from "./feature.ts";
import type { PeerMessages } from "./peer.ts";

type SignalType = "webrtc.offer" | "webrtc.answer" | "webrtc.ice";

const failures = {
  "webrtc.offer": "Failed to forward offer",
  "webrtc.answer": "Failed to forward answer",
  "webrtc.ice": "Failed to forward ICE candidate",
} as const satisfies Record<SignalType, string>;

/**
 * Relays a request of that type. It does not wait for the peer's object, so that a burst shares a
 * delivery; an error of the delivery still reaches the sender.
 */
function relay<T extends SignalType>(type: T): Handler<ClientPayload<T>> {
  return (host, call) => {
    const session = call.payload.session_id;
    const current = liveCall(host);
    if (current?.session !== session || overdue(current, host.now())) {
      // Such a call is not ours to signal in; the look-up finds the words to say so.
      return callNamed(host, session, failures[type]).then(() => {
        throw refuse.notFound();
      });
    }
    assertMaySignal(current, call.connection);
    // A relayed request that comes again is recognised by the peer's object.
    const known = call.connection.resume && call.ref !== undefined ? { id: call.id } : {};
    const message = { session, type, json: seal(call.raw), ...known };
    host.background(deliver(host, current.peer, message, call, failures[type]));
    return "later";
  };
}

/** The table, and that only the device which the call belongs to takes part. */
function assertMaySignal(call: LiveCall, connection: Connection): void {
  const action = call.state === "ringing" ? "signalEarly" : "signal";
  if (judge(action, call.role, call.state) !== "allowed") throw refuse.notAccepted();
  if (call.device !== connection.device) throw refuse.notAuthorized();
}

async function deliver(
  host: Host,
  peer: string,
  message: PeerMessages["call.signal"]["message"],
  call: Call<unknown>,
  failure: string,
): Promise<void> {
  try {
    const reply = await host.peers.send(peer, "call.signal", message);
    if (reply === "over") throw refuse.notFound();
    if (reply === "full") throw refuse.failed(failure);
    call.acknowledge();
  } catch (error) {
    call.refuse(refusalOr(error, failure));
  }
}

/** Signaling from the peer: to the call's device, or kept until it answers or returns. */
const onSignal: PeerHandler<"call.signal"> = (host, from, { session, type, json, id }) => {
  const call = liveCall(host);
  if (call?.session !== session || call.peer !== from) return "over";
  if (id !== undefined && seenBefore(host, id)) return "taken";
  const outcome = hand(host, call, { type, json });
  if (id !== undefined && outcome === "taken") rememberSeen(host, id);
  return outcome;
};

function hand(host: Host, call: LiveCall, event: SealedEvent): "taken" | "full" {
  const outcome = call.device === undefined ? "absent" : host.sockets.offer(event, call.device);
  if (outcome !== "absent") return outcome;
  return wait(host, event) ? "taken" : "full";
}

export const signaling = {
  handlers: {
    "webrtc.offer": relay("webrtc.offer"),
    "webrtc.answer": relay("webrtc.answer"),
    "webrtc.ice": relay("webrtc.ice"),
  },
  peers: { "call.signal": onSignal },
  hooks: {},
};
