/** What has been done to wake this user for a call: one row per call, kept a while after its end. */
import type { PushRoute, PushTarget } from "../../core/push.ts";
import { overdue, type LiveCall } from "../../core/live-call.ts";
import type { EndReason } from "../../protocol/calls.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { Reply } from "../ask.ts";
import { liveCall } from "../calls/book.ts";
import type { Host } from "../feature.ts";

const ROW = "rings:";
const VERSION = 1;
/** How long a record is kept after its ring, so that a repeated answer gets the first one's result. */
const KEPT_MS = 300_000;

/**
 * Where a device stands.
 *
 * - `waiting`: its socket took the ring and has yet to say so
 * - `due`: to be pushed at `at`, or an attempt is under way
 * - `spared`: its socket took the ring after all, or it was pushed under the token it had before
 * - `sent`: the provider took the push
 * - `refused`: for good
 * - `late`: the ring ended before the provider took it
 */
export type Standing = "waiting" | "due" | "spared" | "sent" | "refused" | "late";

/** One physical device of a ring. */
export interface Rung {
  /** Hash of its token; the row's own word for the route that the caller named. */
  readonly key: string;
  readonly target: PushTarget;
  readonly alert?: PushTarget;
  /** Absent for the route that the caller named: nobody knows whose device that is. */
  readonly route?: Pick<PushRoute, "name" | "device" | "labelled" | "profile">;
  readonly callToken?: string;
  readonly standing: Standing;
  /** When something is to be done next, or an attempt counts as lost; milliseconds since the epoch. */
  readonly at: number;
  readonly tries: number;
  /** An attempt is under way. */
  readonly flying: boolean;
  /** First answers over HTTP, by what was asked. */
  readonly answers?: Readonly<Record<string, Reply>>;
}

/** How a ring came to its end. */
export interface Outcome {
  readonly reason: EndReason;
  /** The device that answered or declined, and whether it is one of those rung here for certain. */
  readonly by?: { readonly device: string; readonly labelled: boolean; readonly remote: boolean };
}

/** The waking for one call. */
export interface RingRecord {
  readonly version: typeof VERSION;
  readonly session: string;
  readonly caller: UserInfo;
  readonly ringUntil: number;
  /** Ids of the sockets that took the ring. */
  readonly took: readonly string[];
  /** Ids of those that said so. */
  readonly acked?: readonly string[];
  readonly rung: readonly Rung[];
  readonly over?: Outcome;
}

/** The record of a call, if there is one. */
export function recordOf(host: Host, session: string): RingRecord | undefined {
  const record = host.storage.get<RingRecord>(ROW + session);
  return record?.version === VERSION ? record : undefined;
}

/** All records that are still kept. */
export function records(host: Host): RingRecord[] {
  const rows = [...host.storage.list<RingRecord>(ROW)].map(([, record]) => record);
  return rows.filter(({ version }) => version === VERSION);
}

/** Opens the record of a call, and lets go of old ones. */
export function openRecord(host: Host, call: LiveCall): RingRecord {
  for (const old of records(host)) {
    if (old.ringUntil + KEPT_MS < host.now()) host.storage.delete(ROW + old.session);
  }
  const { session, peer, peerInfo, ringUntil } = call;
  const caller = { ...peerInfo, user_id: peer };
  return { version: VERSION, session, caller, ringUntil, took: [], rung: [] };
}

/** Writes a record down. */
export function saveRecord(host: Host, record: RingRecord): RingRecord {
  host.storage.put(ROW + record.session, record);
  return record;
}

/** Forgets a call that nobody was woken for. */
export function dropRecord(host: Host, { session }: RingRecord): void {
  host.storage.delete(ROW + session);
}

/** Writes one device's standing down. */
export function saveRung(host: Host, session: string, rung: Rung): RingRecord | undefined {
  const record = recordOf(host, session);
  if (!record) return undefined;
  const others = record.rung.map((known) => (known.key === rung.key ? rung : known));
  return saveRecord(host, { ...record, rung: others });
}

/** A device of a ring. */
export function rungOf(host: Host, session: string, key: string): Rung | undefined {
  return recordOf(host, session)?.rung.find((rung) => rung.key === key);
}

/** The call, as long as it rings here. */
export function ringingHere(host: Host, session?: string): LiveCall | undefined {
  const call = liveCall(host);
  if (call?.role !== "callee" || call.state !== "ringing" || overdue(call, host.now())) {
    return undefined;
  }
  return session === undefined || call.session === session ? call : undefined;
}

/** Name of the alarm of a device's next step. */
export const alarmOf = (session: string, key: string) => `push:${session}:${key}`;

/** In place of a device in the name of an alarm: the call itself, which may ring nowhere by then. */
export const END = "end";

/** Reads {@link alarmOf}. */
export function readAlarm(name: string): { session: string; key: string } {
  const [, session = "", key = ""] = name.split(":");
  return { session, key };
}
