/** Judges a journal: what no device may ever have been told, whatever happened. */
import type { Journal, Line } from "./journal.ts";

const ENDS = new Set(["call.ended", "call.rejected"]);
/** What may still be said of a call that is over: answers to requests. */
const ANSWERS = new Set(["error", "ack", "call.check_result"]);

/** What somebody must have sent for a call to end for that reason. */
const causes: Readonly<Record<string, readonly string[]>> = {
  ended_by_user: ["call.end"],
  declined_elsewhere: ["call.reject", "call.end"],
  answered_elsewhere: ["call.accept"],
  rejected: ["call.reject"],
};

/**
 * Ends that go together, when caller and callee are both told one. `answered_elsewhere` goes with
 * all: that device was out of the call before it ended.
 */
const together: Readonly<Record<string, readonly string[]>> = {
  rejected: ["declined_elsewhere"],
  ended_by_user: ["ended_by_user", "declined_elsewhere"],
  peer_disconnected: ["peer_disconnected"],
  no_answer: ["no_answer"],
  replaced: ["replaced"],
  unreachable: ["unreachable"],
};

const reasonOf = ({ type, detail }: Line) =>
  type === "call.rejected" ? "rejected" : (detail ?? "none");

/** Everything that is wrong with a session; empty when it is as it should be. */
export function judgeSession(journal: Journal, session: string): string[] {
  const lines = journal.lines.filter((line) => line.session === session);
  const heard = lines.filter(({ way }) => way === "heard");
  return [
    ...afterEnd(heard),
    ...unexplained(journal, lines),
    ...disagreeing(heard),
    ...shuffled(lines, journal),
  ];
}

/** Each device hears of at most one end, and of nothing after it. */
function afterEnd(heard: readonly Line[]): string[] {
  const over = new Set<string>();
  const wrong: string[] = [];
  for (const { device, type } of heard) {
    if (over.has(device) && !ANSWERS.has(type)) wrong.push(`${device} heard ${type} after the end`);
    if (ENDS.has(type)) over.add(device);
  }
  return wrong;
}

/** An end that a person made was asked for by one. */
function unexplained(journal: Journal, lines: readonly Line[]): string[] {
  const sent = new Set(lines.filter(({ way }) => way === "sent").map(({ type }) => type));
  const joined = lines.some(({ way, type }) => way === "heard" && type === "call.joined");
  const joins = journal.lines.some(({ way, type }) => way === "sent" && type === "call.start");
  if (joined || joins) sent.add("call.accept");
  return lines
    .filter(({ way, type }) => way === "heard" && ENDS.has(type))
    .filter((line) => causes[reasonOf(line)]?.some((type) => sent.has(type)) === false)
    .map((line) => `${line.device} heard ${reasonOf(line)}, which nobody asked for`);
}

/** Both sides are told the same, and nobody that a call is accepted which nobody answered. */
function disagreeing(heard: readonly Line[]): string[] {
  const callers = new Set(
    heard
      .filter(({ type }) => type === "call.ringing" || type === "call.accepted")
      .map(({ user }) => user),
  );
  const ends = heard.filter(
    (line) => ENDS.has(line.type) && reasonOf(line) !== "answered_elsewhere",
  );
  const wrong: string[] = [];
  for (const mine of ends.filter(({ user }) => callers.has(user))) {
    for (const theirs of ends.filter(({ user }) => !callers.has(user))) {
      const [told, other] = [reasonOf(mine), reasonOf(theirs)];
      if (together[told]?.includes(other) !== true) {
        wrong.push(`${mine.device} heard ${told}, ${theirs.device} heard ${other}`);
      }
    }
  }
  const accepted = heard.some(({ type }) => type === "call.accepted");
  if (accepted && ends.some((line) => reasonOf(line) === "no_answer")) {
    wrong.push("accepted, and yet no_answer");
  }
  return wrong;
}

/** Candidates reach a device that resumes in order, once each, and without a gap. */
function shuffled(lines: readonly Line[], journal: Journal): string[] {
  const wrong: string[] = [];
  const sends = lines.filter(({ way, type }) => way === "sent" && type === "webrtc.ice");
  const refused = new Set(
    journal.lines
      .filter(({ way, type }) => way === "heard" && type === "error")
      .map(({ device, ref }) => `${device} ${ref}`),
  );
  for (const device of new Set(lines.map((line) => line.device))) {
    const got = lines
      .filter(
        (line) => line.device === device && line.way === "heard" && line.type === "webrtc.ice",
      )
      .map(({ detail }) => Number(detail));
    if (got.length === 0) continue;
    if (got.some((number, index) => index > 0 && number <= (got[index - 1] ?? 0))) {
      wrong.push(`${device} got candidates ${got.join(" ")}`);
    }
    if (!resumedAlways(journal, device)) continue;
    const user = lines.find((line) => line.device === device)?.user;
    const owed = sends
      .filter((line) => line.user !== user && resumedAlways(journal, line.device))
      .filter(({ device: from, ref }) => !refused.has(`${from} ${ref}`))
      .map(({ detail }) => Number(detail))
      .filter((number) => number <= (got.at(-1) ?? 0));
    const missing = owed.filter((number) => !got.includes(number));
    if (missing.length > 0) wrong.push(`${device} missed candidates ${missing.join(" ")}`);
  }
  return wrong;
}

/** Whether a device began once, and has gone on from there ever since. */
function resumedAlways({ lines }: Journal, device: string): boolean {
  const came = lines.filter((line) => line.device === device && line.way === "note");
  return (
    came.filter(({ type }) => type === "began").length === 1 &&
    came.every(({ type }) => type !== "connected")
  );
}

const STARTS_TO_LIVE = new Set(["call.accepted", "call.joined"]);
const LEAVES = new Set(["call.end", "call.reject"]);

/**
 * Nobody is rung in a live call, as far as a device knows without having been away in between. One
 * that was given a call again and has not claimed it loses it without a word; one that has hung up is
 * told nothing either.
 */
export function judgeRings(journal: Journal): string[] {
  const { lines } = journal;
  const live = new Map<string, string>();
  const accepts = new Map<string, string | undefined>();
  const doubtful = new Set<string>();
  const wrong: string[] = [];
  for (const { device, way, type, session, detail, ref } of lines) {
    const request = `${device} ${ref}`;
    const call = `${device} ${session}`;
    if (way === "note") {
      live.delete(device);
      // What was answered while it was away may be over; `welcome` has said so, and answers come after.
      for (const asked of accepts.keys()) if (asked.startsWith(`${device} `)) accepts.delete(asked);
    } else if (way === "sent" && type === "call.accept") accepts.set(request, session);
    else if (way === "sent" ? LEAVES.has(type) : type === "call.resumed") {
      doubtful.add(call);
      if (live.get(device) === session) live.delete(device);
    } else if (way === "heard" && type === "ack" && detail === "call.accept") {
      const accepted = accepts.get(request);
      if (accepted !== undefined && !doubtful.has(`${device} ${accepted}`)) {
        live.set(device, accepted);
      }
    } else if (way === "heard" && STARTS_TO_LIVE.has(type)) {
      if (!doubtful.has(call)) live.set(device, session ?? "");
    } else if (way === "heard" && (ENDS.has(type) || type === "error")) {
      if (live.get(device) === session) live.delete(device);
    } else if (way === "heard" && type === "call.ring" && live.has(device)) {
      wrong.push(`${device} was rung by ${session}:\n${journal.story(live.get(device) ?? "")}`);
    }
  }
  return wrong;
}
