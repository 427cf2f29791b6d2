/** Messages from user to user without a call, for those who share a room or a call, or for everybody. */
import { refuse } from "../protocol/errors.ts";
import type { ClientPayload } from "../protocol/index.ts";
import type { SealedEvent } from "../protocol/message.ts";
import { seal } from "../protocol/seal.ts";
import { isUserId } from "../protocol/user-info.ts";
import { overdue } from "../core/live-call.ts";
import { liveCall } from "./calls/book.ts";
import type { Connection } from "./connection.ts";
import type { Call, Handler, Host, PeerHandler } from "./feature.ts";
import type { PeerMessages } from "./peer.ts";
import { sharesRoomWith, takenBefore } from "./rooms/book.ts";

const FAILURE = "Failed to forward message";

type Message = PeerMessages["direct.message"]["message"];

/**
 * Relays a request of that type, `*` being whatever it was sent as. It does not wait for the receiver's
 * object, so that a burst shares a delivery; an error of the delivery still reaches the sender.
 */
const relay: Handler<ClientPayload<"offer">> = (host, call) => {
  const { to } = call.payload;
  if (!mayAddress(host, to)) throw refuse.notAuthorized();
  if (!isUserId(to)) throw refuse.offline();
  const { type: given, ref: _, ...fields } = call.raw;
  // A key in another letter case may have been taken for the type.
  const type = typeof given === "string" && given !== "" ? given : typeIn(call.raw);
  const json = seal({ ...fields, from: host.user });
  if (to === host.user) {
    const others = host.sockets.all().filter((other) => other.id !== call.connection.id);
    if (spread(host, { type, json, flat: true }, others) === 0) throw refuse.offline();
    return undefined;
  }
  const known = call.connection.resume && call.ref !== undefined ? { id: call.id } : {};
  host.background(deliver(host, to, { type, json, ...known }, call));
  return "later";
};

/** Tested before anybody looks whether the receiver is there, so that a refusal tells nothing. */
function mayAddress(host: Host, to: string): boolean {
  if (host.settings.directSignaling === "open") return true;
  const call = liveCall(host);
  const inCall = call?.peer === to && call.state === "accepted" && !overdue(call, host.now());
  return inCall || sharesRoomWith(host, to, host.user);
}

async function deliver(
  host: Host,
  to: string,
  message: Message,
  call: Call<unknown>,
): Promise<void> {
  try {
    const reply = await host.peers.send(to, "direct.message", message);
    if (reply === "offline") call.refuse(refuse.offline());
    else call.acknowledge();
  } catch (error) {
    call.refuse(refuse.failed(FAILURE, error));
  }
}

const onMessage: PeerHandler<"direct.message"> = (host, _from, { type, json, id }) => {
  const event: SealedEvent = { type, json, flat: true };
  if (id !== undefined && takenBefore(host, id, true)) return "taken";
  return spread(host, event, host.sockets.all()) > 0 ? "taken" : "offline";
};

/** To live sockets of users only: nothing is kept for who is away. */
function spread(host: Host, event: SealedEvent, to: readonly Connection[]): number {
  return host.sockets.deliver(
    event,
    to.filter(({ guest }) => guest !== true),
  );
}

function typeIn(raw: Readonly<Record<string, unknown>>): string {
  const key = Object.keys(raw).find((name) => name.toLowerCase() === "type");
  return key === undefined ? "" : String(raw[key]);
}

export const direct = {
  handlers: { offer: relay, answer: relay, ice: relay, "*": relay },
  peers: { "direct.message": onMessage },
  hooks: {},
};
