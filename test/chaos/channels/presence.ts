/** Judges who is present: all who are here and have joined, and nobody who is gone. */
import { request } from "../../support/client.ts";
import type { Line } from "../ground/journal.ts";
import type { Frame } from "../ground/link.ts";
import type { Listener } from "./listener.ts";
import type { Fault } from "../ground/fault.ts";
import type { Facts } from "./judge.ts";
import { listed } from "./watching.ts";

const STARTS = new Set(["began", "connected"]);

/** What is known of one device on one channel; `perhaps` when nobody knows whether a request arrived. */
type Presence = "present" | "absent" | "perhaps";

/** What a device has done about its presence, by channel. */
function presenceOf(lines: readonly Line[]): ReadonlyMap<string, Presence> {
  const known = new Map<string, Presence>();
  const asked = new Map<string, readonly [channel: string, wanted: Presence]>();
  for (const { way, type, frame } of lines) {
    const { ref = "" } = frame;
    if (way === "note" && STARTS.has(type)) {
      known.clear();
      asked.clear();
    } else if (way === "sent" && type.startsWith("presence_")) {
      const channel = String(frame["channel"]);
      const wanted = type === "presence_leave" ? "absent" : "present";
      if (frame.ref === undefined) known.set(channel, "perhaps");
      else asked.set(ref, [channel, wanted]);
    } else if (way === "heard" && asked.has(ref)) {
      const [channel, wanted] = asked.get(ref) ?? ["", "perhaps"];
      asked.delete(ref);
      known.set(channel, type === "ack" ? wanted : "perhaps");
    }
  }
  for (const [channel] of asked.values()) known.set(channel, "perhaps");
  return known;
}

/** Compares what a channel tells of its presence with what it has told, and with who is here. */
export async function judgePresence(
  channel: string,
  { attendance }: Facts,
  devices: readonly Listener[],
  linesOf: (device: Listener) => readonly Line[],
): Promise<Fault[]> {
  const response = await request(`/api/channels/${encodeURIComponent(channel)}/presence`);
  const { users } = await response.json<{ users: { user_id: string }[] }>();
  const shown = new Set(users.map(({ user_id }) => user_id));
  const here = devices
    .filter(({ isHere }) => isHere)
    .map((device) => ({
      user: device.user,
      presence: presenceOf(linesOf(device)).get(channel) ?? "absent",
    }));
  const may = new Set(here.flatMap(({ user, presence }) => (presence === "absent" ? [] : [user])));
  const must = here.flatMap(({ user, presence }) => (presence === "present" ? [user] : []));
  const isAsTold = listed(users) === attendance.after.at(-1);
  const lastOf = (user: string) =>
    devices
      .filter((device) => device.user === user)
      .flatMap(linesOf)
      .findLast(({ way, frame }) => way === "sent" && isAbout(frame, channel));
  const say = (user: string, what: string) => ({
    what: `${channel}: ${user} ${what}`,
    line: lastOf(user),
  });
  return [
    ...must.filter((user) => !shown.has(user)).map((user) => say(user, "is not shown")),
    ...[...shown].filter((user) => !may.has(user)).map((user) => say(user, "is shown, and gone")),
    ...(isAsTold ? [] : [{ what: `${channel}: the list is not what the changes make of it` }]),
  ];
}

function isAbout({ type, channel }: Frame, name: string): boolean {
  return type.startsWith("presence_") && channel === name;
}
