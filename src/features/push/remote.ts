/** Answering without a socket: what a woken device may do with the call token that its push carried. */
import { ProtocolError } from "../../protocol/errors.ts";
import type { AskHandler, Reply } from "../ask.ts";
import { accept, reject, REMOTE, type Answer } from "../calls/answer.ts";
import { liveCall, overReason } from "../calls/book.ts";
import type { Host } from "../feature.ts";
import { overdue } from "../../core/live-call.ts";
import { report } from "./progress.ts";
import { recordOf, records, saveRung, type Rung } from "./record.ts";

type Action = "accept" | "reject" | "ringing";

interface Asked {
  readonly session: string;
  readonly token: string;
}

const UNKNOWN: Reply = { status: 401, body: { error: "invalid call token" } };
const FOREIGN: Reply = { status: 403, body: { error: "the call token is for another call" } };

/** Answers `GET /calls/:id`. */
export const onGet: AskHandler<"call.get"> = (host, asked) =>
  withDevice(host, asked, () => {
    const call = liveCall(host);
    const record = recordOf(host, asked.session);
    if (call?.session !== asked.session || !record || overdue(call, host.now())) {
      return Promise.resolve({ status: 404, body: { error: "no such call" } });
    }
    const body = {
      session_id: call.session,
      state: call.state,
      caller_id: call.peer,
      caller_info: record.caller,
      expires_at: Math.floor(record.ringUntil / 1_000),
    };
    return Promise.resolve({ status: 200, body });
  });

/** Answers `POST /calls/:id/accept`. */
export const onAccept: AskHandler<"call.accept"> = (host, asked) =>
  once(host, asked, "accept", async (one) => {
    // What has been accepted may still wait for the word of the caller's object.
    const again = isMine(host, asked.session, one);
    await accept(host, { ...answerOf(asked.session, one), again });
    return "accepted";
  });

/** Answers `POST /calls/:id/reject`. */
export const onReject: AskHandler<"call.reject"> = (host, asked) =>
  once(host, asked, "reject", async (one) => {
    // The same request, sent twice at once or again after its answer was lost, has been carried out.
    await reject(host, answerOf(asked.session, one)).catch((error: unknown) => {
      if (!hasDeclined(host, asked.session, one)) throw error;
    });
    return "rejected";
  });

/** Answers `POST /calls/:id/ringing`: a woken device really rings. */
export const onRinging: AskHandler<"call.ringing"> = (host, asked) =>
  once(host, asked, "ringing", (one) => {
    const call = liveCall(host);
    const here = call?.session === asked.session && !overdue(call, host.now());
    if (!here) throw new ProtocolError("session_not_found", "Session not found");
    if (call.state === "ringing") report(host, asked.session, "ringing", one.route);
    else if (!isMine(host, asked.session, one)) {
      throw new ProtocolError("invalid_state", "Invalid state transition");
    }
    return Promise.resolve(call.state);
  });

/** Finds the device that a token belongs to; a token is good for its call until the ring's end. */
function withDevice(
  host: Host,
  { session, token }: Asked,
  work: (one: Rung) => Promise<Reply>,
): Promise<Reply> {
  for (const record of records(host)) {
    const one = record.rung.find(({ callToken }) => callToken === token);
    if (!one) continue;
    if (record.session !== session) return Promise.resolve(FOREIGN);
    if (host.now() >= record.ringUntil && !one.answers) return Promise.resolve(UNKNOWN);
    return work(one);
  }
  return Promise.resolve(UNKNOWN);
}

/** Does something once: a repetition gets the first answer, if that was a success. */
function once(
  host: Host,
  asked: Asked,
  action: Action,
  work: (one: Rung) => Promise<string>,
): Promise<Reply> {
  return withDevice(host, asked, async (one) => {
    const first = one.answers?.[action];
    if (first) return first;
    if (host.now() >= (recordOf(host, asked.session)?.ringUntil ?? 0)) return UNKNOWN;
    const tried = async () => {
      const state = await work(one);
      return keep(host, asked.session, one, action, state);
    };
    const refused = (error: unknown) => refusalOf(host, asked.session, one, error);
    return tried().catch((error: unknown) =>
      // The same request, sent twice at once: the other one was first, and what comes of it counts.
      action === "accept" && isMine(host, asked.session, one)
        ? tried().catch(refused)
        : refused(error),
    );
  });
}

function keep(host: Host, session: string, { key }: Rung, action: Action, state: string): Reply {
  const reply = { status: 200, body: { session_id: session, state } };
  const one = recordOf(host, session)?.rung.find((known) => known.key === key);
  if (one) saveRung(host, session, { ...one, answers: { ...one.answers, [action]: reply } });
  return reply;
}

/** The answer to what could not be done. What is no refusal is a defect, and thrown on. */
function refusalOf(host: Host, session: string, one: Rung, error: unknown): Reply {
  if (!(error instanceof ProtocolError)) throw error;
  const { code, message, details } = error;
  if (code === "internal_error") return { status: 503, body: { error: message, ...details } };
  const over = recordOf(host, session)?.over;
  const byOther = over?.by !== undefined && over.by.device !== one.route?.device;
  const reason = byOther ? over.reason : overReason(host, session);
  return { status: 409, body: { error: message, ...(reason === undefined ? {} : { reason }) } };
}

/** Whether the device has the call. */
function isMine(host: Host, session: string, { route }: Rung): boolean {
  const call = liveCall(host);
  return call?.session === session && call.state === "accepted" && call.device === route?.device;
}

/** Whether the device has declined the call. */
function hasDeclined(host: Host, session: string, { route }: Rung): boolean {
  const over = recordOf(host, session)?.over;
  return over?.reason === "declined_elsewhere" && over.by?.device === route?.device;
}

/** What the call's own handlers need of a request that comes without a socket. */
function answerOf(session_id: string, { route }: Rung): Answer {
  if (!route) throw new ProtocolError("unauthorized", "Not authorized");
  const { device, profile, name, labelled } = route;
  const connection = {
    id: REMOTE,
    line: REMOTE,
    device,
    profile,
    resume: false,
    ...(labelled ? { label: name } : {}),
  };
  return { connection, payload: { session_id }, again: false };
}
