/** Taking pushes back: what a device that was woken hears when the ring is over. */
import type { PushNote, PushTarget } from "../../core/push.ts";
import type { Hooks, Host } from "../feature.ts";
import { REMOTE } from "../calls/answer.ts";
import {
  alarmOf,
  dropRecord,
  END,
  recordOf,
  saveRecord,
  type Outcome,
  type RingRecord,
  type Rung,
} from "./record.ts";
import { post } from "./notices.ts";

/** A ringing call has been answered, or is over: nothing more is sent, and what was sent is taken back. */
export const settled: NonNullable<Hooks["settled"]> = (host, call, reason, by) => {
  const record = recordOf(host, call.session);
  if (!record || record.over) return;
  if (record.rung.length === 0) {
    host.alarms.clear(alarmOf(record.session, END));
    dropRecord(host, record);
    return;
  }
  const own = by && reason !== "answered_elsewhere" ? "declined_elsewhere" : reason;
  const over: Outcome = {
    reason: own,
    ...(by && {
      by: { device: by.device, labelled: by.label !== undefined, remote: by.id === REMOTE },
    }),
  };
  const closed = saveRecord(host, { ...record, over });
  host.alarms.clear(alarmOf(closed.session, END));
  for (const one of closed.rung) {
    // An attempt that is under way takes its push back by itself, if it went out.
    if (!one.flying) host.alarms.clear(alarmOf(closed.session, one.key));
    if (one.standing === "sent") cancel(host, closed, one);
  }
};

/** Takes one device's push back, unless it is the device that answered or may be. */
export function cancel(host: Host, record: RingRecord, one: Rung): void {
  const { over, session, caller } = record;
  if (!over || !concerns(over, one)) return;
  const { reason } = over;
  const target = one.target.os === "ios" ? one.alert : one.target;
  if (!target) return;
  send(host, one, target, { kind: "cancel", session, caller, reason });
  // Android apps and browsers make their own of a cancel with this reason.
  if (reason === "no_answer" && target.os === "ios") {
    send(host, one, target, { kind: "missed", session, caller });
  }
}

function send(host: Host, one: Rung, target: PushTarget, note: PushNote): void {
  post(host, { key: one.key, target, note, isAlert: target !== one.target });
}

/** Whether a device has to be told: all, but when a device of the user acted those known to be others. */
function concerns({ by }: Outcome, { route }: Rung): boolean {
  if (!by) return true;
  if (!route || route.device === by.device) return false;
  // An unlabelled device may be the very one that was pushed under its label.
  return by.remote || (by.labelled && route.labelled);
}
