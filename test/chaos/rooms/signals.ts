/** Judges signals: from a member to one other, at most once and in order, and none that was promised is lost. */
import type { Line } from "../ground/journal.ts";
import type { Fault } from "../ground/fault.ts";

interface Sent {
  readonly line: Line;
  readonly room: string;
  readonly to: string;
  readonly heard: Set<string>;
}

const STARTS = new Set(["began", "connected"]);

/**
 * Judges all signals of a world at rest.
 *
 * @param steady devices that resume and are here: what was promised to them they have
 */
export function judgeSignals(lines: readonly Line[], steady: ReadonlySet<string>): Fault[] {
  const sent = new Map<string, Sent>();
  const byRequest = new Map<string, Sent>();
  /** Devices by the ids that rooms gave them, and the last mark of each sender to each device. */
  const named = new Map<string, string>();
  const latest = new Map<string, number>();
  const promised = new Map<string, Sent[]>();
  const wrong: Fault[] = [];
  for (const line of lines) {
    const { device, way, type, frame } = line;
    const { ref, payload = {} } = frame;
    if (way === "note") {
      // What waited for a client that starts over may be gone.
      if (STARTS.has(type)) promised.delete(device);
      continue;
    }
    if (type === "room.created" || type === "room.joined") {
      named.set(String(payload["peer_id"]), device);
    }
    const mark = markIn(payload);
    if (way === "sent" && type === "room.signal") {
      const { room, to } = payload;
      const signal = { line, room: String(room), to: String(to), heard: new Set<string>() };
      sent.set(mark, signal);
      byRequest.set(`${device} ${ref}`, signal);
    } else if (way === "heard" && type === "ack") {
      const signal = byRequest.get(`${device} ${ref}`);
      const receiver = signal && named.get(signal.to);
      if (signal && receiver !== undefined) {
        promised.set(receiver, [...(promised.get(receiver) ?? []), signal]);
      }
    } else if (way === "heard" && type === "room.signal") {
      const signal = sent.get(mark);
      const say = (what: string) => wrong.push({ what: `${device} heard ${mark} ${what}`, line });
      if (!signal) say("which nobody sent");
      else {
        if (signal.heard.has(device)) say("twice");
        signal.heard.add(device);
        if (signal.room !== payload["room"]) say("of another room");
        if (named.get(signal.to) !== device) say("meant for another");
        if (named.get(String(payload["peer_id"])) !== signal.line.device) say("as from another");
      }
      const [sender, number] = senderOf(mark);
      const pair = `${sender} ${device} ${signal?.room}`;
      if (number <= (latest.get(pair) ?? 0) && signal?.heard.size === 1) say("too late");
      latest.set(pair, Math.max(number, latest.get(pair) ?? 0));
    }
  }
  for (const [device, signals] of promised) {
    if (!steady.has(device)) continue;
    const lost = signals.filter(({ heard }) => !heard.has(device));
    wrong.push(...lost.map(({ line }) => ({ what: `${device} never heard`, line })));
  }
  return wrong;
}

function markIn({ candidate }: Readonly<Record<string, unknown>>): string {
  return String((candidate as { candidate?: string } | undefined)?.candidate);
}

/** Who said something, in which of its lives, and its number. */
function senderOf(mark: string): [sender: string, number: number] {
  const end = mark.lastIndexOf("#");
  return [mark.slice(0, end), Number(mark.slice(end + 1))];
}
