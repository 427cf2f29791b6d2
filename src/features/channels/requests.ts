/** Requests of channel clients, handed to the channel's object. */
import { isGranted, type Right } from "../../core/permission.ts";
import { placeOf } from "../../core/place.ts";
import { isChannelName } from "../../protocol/channels.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { seal } from "../../protocol/seal.ts";
import { expectAnswer } from "../answers.ts";
import type { Call, Handler, Host } from "../feature.ts";
import type { Listen, PlaceMessages } from "../place.ts";
import { heardBy, keepSeat, seatAt } from "../seats.ts";
import { ask, assure, claim } from "./claims.ts";

const SILENT: Listen = { broadcast: false, presence: false };

/** The place that a request names. */
function placeIn(channel: string): string {
  if (!isChannelName(channel)) throw refuse.payload("Invalid channel");
  return placeOf("channel", channel);
}

function assertMay(host: Host, call: Call<{ channel: string }>, right: Right): void {
  const { grants } = call.connection;
  if (!isGranted(right, call.payload.channel, grants, host.settings.channelRights)) {
    throw refuse.notAuthorized();
  }
}

/** Handles `subscribe`. The answer comes from the channel, in one line with its events. */
export const subscribe: Handler<ClientPayload<"subscribe">> = async (host, call) => {
  const { channel, listen = [], since } = call.payload;
  const place = placeIn(channel);
  const wanted = {
    broadcast: listen.includes("broadcast"),
    presence: listen.includes("presence"),
  };
  if (wanted.broadcast) assertMay(host, call, "subscribe");
  if (wanted.presence) assertMay(host, call, "presence");
  if (since) assertMay(host, call, "history");
  await hear(host, call, place, {
    listen: wanted,
    ref_type: "subscribe",
    ...(since === undefined ? {} : { since }),
  });
  return "later" as const;
};

/** Handles `unsubscribe`. */
export const unsubscribe: Handler<ClientPayload<"unsubscribe">> = async (host, call) => {
  const place = placeIn(call.payload.channel);
  await hear(host, call, place, { listen: SILENT, ref_type: "unsubscribe" });
  return "later" as const;
};

async function hear(
  host: Host,
  { connection, ref }: Call<unknown>,
  place: string,
  wish: Pick<PlaceMessages["place.listen"]["message"], "listen" | "ref_type" | "since">,
): Promise<void> {
  const seat = connection.line;
  const known = seatAt(host, seat, place);
  const { listen: before } = known;
  const { listen } = wish;
  // What the seat has is given up only when the channel has agreed.
  const both = {
    broadcast: before.broadcast || listen.broadcast,
    presence: before.presence || listen.presence,
  };
  const heard = heardBy(known);
  const unanswered = {
    broadcast: both.broadcast && !heard.broadcast,
    presence: both.presence && !heard.presence,
  };
  const asksAgain = connection.resume && ref !== undefined;
  claim(host, seat, place, { listen: both, unanswered: asksAgain ? unanswered : undefined });
  const given = ref === undefined ? {} : { ref };
  // Another one each time: what answers the request of before a reset has an older state of the channel.
  const by = host.uuid();
  const answer = expectAnswer(host, by);
  const message = { seat, kept: connection.resume, ask: by, ...wish, ...given };
  let claimed = both;
  try {
    await ask(host, place, "place.listen", message);
    claimed = listen;
    keepSeat(host, { ...seatAt(host, seat, place), listen });
  } catch (error) {
    // Who has been told that it is done must not be told that it failed.
    if (!answer.hasCome()) throw error;
  } finally {
    answer.end();
    assure(host, seat, place, { listen: claimed });
  }
}

/** Handles `broadcast`. It does not wait, so that a burst shares a delivery. */
export const broadcast: Handler<ClientPayload<"broadcast">> = (host, call) => {
  const { channel, event = "", payload = null } = call.payload;
  const place = placeIn(channel);
  assertMay(host, call, "publish");
  const { connection, ref, id } = call;
  const message = {
    id,
    // A request that may come again after a reconnect is told by its id for longer.
    ...(connection.resume && ref !== undefined ? { key: id } : {}),
    user: host.user,
    name: event,
    json: seal(payload),
  };
  acknowledgeLater(host, call, "broadcast", ask(host, place, "place.publish", message));
  return "later";
};

type PresenceType = PlaceMessages["place.presence"]["message"]["type"];

/** Handles a presence request of that type. */
export function presence<T extends PresenceType>(type: T): Handler<ClientPayload<T>> {
  return async (host, call) => {
    const place = placeIn(call.payload.channel);
    const leaves = type === "presence_leave";
    if (!leaves) assertMay(host, call, "presence");
    const { connection } = call;
    const seat = connection.line;
    const meta = metaOf(call.payload);
    const isNews = leaves || !seatAt(host, seat, place).present;
    if (!leaves) claim(host, seat, place, { present: true });
    const asking = ask(host, place, "place.presence", {
      seat,
      type,
      kept: connection.resume,
      ...(meta === undefined ? {} : { meta }),
    });
    const asked = asking.finally(() => {
      if (!leaves) assure(host, seat, place, { present: true });
    });
    if (!isNews) {
      acknowledgeLater(host, call, type, asked);
      return "later" as const;
    }
    await asked;
    if (leaves) keepSeat(host, { ...seatAt(host, seat, place), present: false });
    acknowledge(call, type);
    return "later" as const;
  };
}

/** The payload's JSON, unless it is empty. */
function metaOf(fields: object): string | undefined {
  const { payload } = fields as { payload?: object };
  return payload === undefined || Object.keys(payload).length === 0 ? undefined : seal(payload);
}

/** On channels every request with a reference is acknowledged. */
function acknowledge(call: Call<{ channel: string }>, ref_type: string): void {
  const { channel } = call.payload;
  if (call.ref !== undefined) call.answer({ type: "ack", payload: { ref_type, channel } });
}

/** Lets the next request go ahead meanwhile, so that a burst shares a delivery. */
function acknowledgeLater(
  host: Host,
  call: Call<{ channel: string }>,
  ref_type: string,
  asked: Promise<unknown>,
): void {
  const done = () => {
    acknowledge(call, ref_type);
  };
  host.background(
    asked.then(done, (error: unknown) => {
      call.refuse(error);
    }),
  );
}
