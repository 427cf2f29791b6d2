/** What the product needs of the world outside, as narrow interfaces. */
import type { CallState, Role } from "../protocol/calls.ts";
import type { IceServers } from "../protocol/ice.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import type { Rule } from "./call.ts";

/** Names a call and both of its users: all that a store needs to find its records. */
export interface CallKey {
  readonly session: string;
  readonly caller: string;
  readonly callee: string;
}

/** A lock that stands in the way of a start. */
export interface BusyLock {
  readonly side: Role;
  readonly session: string;
  readonly peer: string;
  /** The role of the locked user in that call. */
  readonly role: Role;
  /** Milliseconds since the lock was taken. */
  readonly ageMs: number;
}

export type StartResult = { readonly ok: true } | { readonly ok: false; readonly lock: BusyLock };

export type ChangeResult =
  | { readonly outcome: "changed"; readonly callerInfo: UserInfo | undefined }
  | { readonly outcome: "state"; readonly state: CallState }
  | { readonly outcome: "missing" };

/** A session as the store knows it. */
export interface StoredCall {
  readonly caller: string;
  readonly callee: string;
  readonly state: CallState;
}

/**
 * Decides which call two users belong to. Every method costs one command, is atomic, and may be
 * repeated without a second effect.
 *
 * Every method throws {@link StoreUnavailable} when the store cannot be asked; the command may then
 * have been carried out or not.
 */
export interface CallStore {
  /** Takes both users for a new call, or says which call has one. `over`: sessions known to be over. */
  start(
    call: CallKey,
    callerInfo: UserInfo,
    holdMs: number,
    over: readonly string[],
  ): Promise<StartResult>;
  /** Moves a call by a row of the call table; the first attempt wins. */
  change(call: CallKey, rule: Rule, attempt: string, holdMs: number): Promise<ChangeResult>;
  /** Frees both users, as far as they still belong to this call. */
  end(call: CallKey): Promise<void>;
  /** Keeps a live call's records, and restores lost ones. `taken`: a newer call has one of the users. */
  refresh(call: CallKey, state: CallState, holdMs: number): Promise<"kept" | "taken">;
  /** Looks a call up by its id. */
  find(session: string): Promise<StoredCall | undefined>;
}

/** Hands out STUN and TURN servers. `user`: whom the credentials are for. Never throws. */
export type IceProvider = (user: string) => Promise<IceServers>;

/** The store did not answer in time, or refused. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** An object's own storage: synchronous, and atomic together with the code around it. */
export interface Storage {
  get<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  delete(key: string): void;
  /** Entries whose key starts with `prefix`, in the order of their keys. */
  list<T>(prefix: string): Iterable<readonly [key: string, value: T]>;
}

/** Named alarms over the object's one alarm. Deadlines survive everything; they may come late. */
export interface Alarms {
  /** Sets or moves an alarm. `at`: milliseconds since the epoch. */
  set(name: string, at: number): void;
  clear(name: string): void;
  /** Whether an alarm is set. */
  has(name: string): boolean;
}

/** Writes one log line. Fields never hold tokens. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** An event of a channel on its way out of the service: its type and its fields. */
export interface OutgoingEvent {
  readonly type: string;
  /** The fields as JSON, as subscribers get them. */
  readonly json: string;
}

/** Somewhere events flow out to. They come in order per channel, at least once. */
export interface EventSink {
  /** Tells it from other sinks. It may hold an address, and so a secret. */
  readonly name: string;
  /** What the log calls it; its name when absent. */
  readonly label?: string;
  /** @throws when some of them may not have arrived; all of them are then sent again. */
  send(events: readonly OutgoingEvent[]): Promise<void>;
}
