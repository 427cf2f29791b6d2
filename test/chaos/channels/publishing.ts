/** Judges what was published: everything that was promised, once, in order, and nothing invented. */
import type { Frame } from "../ground/link.ts";
import type { Journal } from "../ground/journal.ts";
import type { Fault } from "../ground/fault.ts";
import type { Facts } from "./judge.ts";

const SAYS = new Set(["broadcast", "post"]);

/** Judges what stands in the history of channels. */
export function judgePublishing({ lines }: Journal, facts: ReadonlyMap<string, Facts>): Fault[] {
  const sent = new Map(
    lines
      .filter(({ way, type }) => way === "sent" && SAYS.has(type))
      .map((line) => [keyOf(line.frame), line]),
  );
  const wrong: Fault[] = [];
  const ids = new Map<string, number>();
  for (const [channel, { broadcasts }] of facts) {
    const latest = new Map<string, number>();
    let before = 0;
    for (const [index, { payload, user_id, offset, message_id }] of broadcasts.entries()) {
      const key = `${channel} ${String(payload)}`;
      const line = sent.get(key);
      const say = (what: string) => wrong.push({ what: `${key} ${what}`, ...(line && { line }) });
      if (!line) say("was invented");
      if (line?.user !== "" && user_id !== line?.user) say(`is said to be ${String(user_id)}'s`);
      if (offset !== index + 1) say(`has offset ${String(offset)} at place ${index + 1}`);
      if (ids.has(key)) say("stands there twice");
      if (Number(message_id) <= before) say("has an id that does not rise");
      before = Number(message_id);
      ids.set(key, before);
      const [sender, number] = senderOf(String(payload));
      // What comes over HTTP comes in any order.
      if (sender !== "backend#" && number <= (latest.get(sender) ?? 0)) say("was overtaken");
      latest.set(sender, number);
    }
  }
  return [...wrong, ...broken(lines, ids)];
}

/** Everything that somebody was told is published is there, under the id that was told. */
function broken(lines: Journal["lines"], ids: ReadonlyMap<string, number>): Fault[] {
  const asked = new Map<string, Frame>();
  return lines.flatMap((line) => {
    const { device, way, type, frame } = line;
    const request = `${device} ${frame.ref}`;
    if (way === "sent" && type === "broadcast") asked.set(request, frame);
    const isAck = way === "heard" && type === "ack" && frame.ref_type === "broadcast";
    const said = isAck ? asked.get(request) : undefined;
    const promised = type === "posted" && frame["status"] === 200 ? frame : said;
    if (way !== "heard" || !promised) return [];
    const key = keyOf(promised);
    const id = ids.get(key);
    if (id === undefined) return [{ what: `${key} was promised and is not there`, line }];
    const told = frame["message_id"] ?? id;
    return told === id ? [] : [{ what: `${key} has id ${id}, and another was told`, line }];
  });
}

/** Where something was said, and what. */
const keyOf = ({ channel, payload }: Frame) => [channel, payload].join(" ");

/** Who said something, in which of its lives, and its number. */
function senderOf(payload: string): [sender: string, number: number] {
  const end = payload.lastIndexOf("#");
  return [payload.slice(0, end), Number(payload.slice(end + 1))];
}
