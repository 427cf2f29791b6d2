/** The plug between the product and the shell that runs it. */
import type { Counter } from "../core/counters.ts";
import type { LiveCall } from "../core/live-call.ts";
import type { Right } from "../core/permission.ts";
import type { Alarms, CallStore, IceProvider, Log, Storage } from "../core/ports.ts";
import type { CallerRoute, PushPort } from "../core/push.ts";
import type { Event } from "../protocol/message.ts";
import type { EndReason } from "../protocol/calls.ts";
import type { CallSnapshot } from "../protocol/resume.ts";
import type { Connection, Lines, Outgoing, Sockets } from "./connection.ts";
import type { PeerKind, PeerMessages, RoomAddress, RoomKind } from "./peer.ts";
import type { Places } from "./place.ts";

/** Other users' objects. Messages to one user arrive in the order in which they were sent. */
export interface Peers {
  /**
   * Delivers a message and returns the receiver's answer.
   *
   * @throws {PeerUnreachable} after retries; the message may have arrived or not.
   */
  send<K extends PeerKind>(
    user: string,
    kind: K,
    message: PeerMessages[K]["message"],
  ): Promise<PeerMessages[K]["reply"]>;
}

/** Rooms' objects. Messages to one room arrive in the order in which they were sent. */
export interface Rooms {
  /** Address of this object, as rooms know it. */
  readonly self: string;
  /**
   * Asks a room.
   *
   * @throws {PeerUnreachable} after retries; the message may have arrived or not.
   */
  send<K extends RoomKind>(
    address: RoomAddress,
    kind: K,
    message: Omit<PeerMessages[K]["message"], keyof RoomAddress>,
  ): Promise<PeerMessages[K]["reply"]>;
}

/** Another user's object could not be reached. */
export class PeerUnreachable extends Error {
  override readonly name = "PeerUnreachable";
}

/** What the deployer chose for the product. Durations are in milliseconds. */
export interface Settings {
  /** A busy callee hears of those who call meanwhile. */
  readonly callWaiting: boolean;
  readonly ringMs: number;
  readonly graceMs: number;
  /** Whom users may address directly: those they share a room or a call with, or anybody. */
  readonly directSignaling: "rooms" | "open";
  /** Most channels that one connection listens to or is present on. */
  readonly maxChannels: number;
  /** What a token without the claim `channels` may do on them. */
  readonly channelRights: readonly Right[];
  /** Messages that a chat room keeps for those who enter. */
  readonly chatHistory: number;
}

/** What the shell offers a feature. */
export interface Host {
  /** Id of the user this object belongs to. */
  readonly user: string;
  readonly settings: Settings;
  readonly storage: Storage;
  readonly alarms: Alarms;
  readonly sockets: Sockets;
  readonly lines: Lines;
  readonly peers: Peers;
  readonly rooms: Rooms;
  readonly ice: IceProvider;
  readonly places: Places;
  readonly calls: CallStore;
  readonly push: PushPort;
  /** The hooks of all features. */
  readonly features: readonly Hooks[];
  readonly log: Log;
  /** Counts something for the operator. Label values are few and never name a user. */
  count(name: Counter, labels?: Readonly<Record<string, string>>): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A fresh UUID v4. */
  uuid(): string;
  /** Lets work go on after the current event; its failure is logged. */
  background(work: Promise<unknown>): void;
  /** Closes the sockets whose token has expired, apart from those that a feature still holds. */
  expire(): void;
}

/** A request as a handler gets it. */
export interface Call<P> {
  readonly connection: Connection;
  readonly payload: P;
  /** The payload as it was sent, unknown keys included. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  /** A fresh id for whatever the request creates; the same when the request comes again. */
  readonly id: string;
  /** The request was begun before, and what became of it is not known: it must not happen twice. */
  readonly again: boolean;
  /** Sends the request's answer. */
  answer(event: Outgoing & Event): void;
  /** Sends the request's error and lets the handler go on. */
  refuse(error: unknown): void;
  /** Acknowledges a request that has no other answer, where the client asked for that. */
  acknowledge(): void;
}

/**
 * Handles a request. A throw becomes an `error` frame; a request that was neither answered nor refused
 * is acknowledged, unless the handler says `later` and sees to it itself.
 */
export type Handler<P> = (host: Host, call: Call<P>) => Handled | Promise<Handled>;

// A handler with nothing to say returns nothing.
type Handled = void | "later";

/** Handles a message of a peer's object, without waiting, so that the answer is the truth of one moment. */
export type PeerHandler<K extends PeerKind> = (
  host: Host,
  from: string,
  message: PeerMessages[K]["message"],
) => PeerMessages[K]["reply"];

/** How a socket went away. */
export interface Loss {
  /** Close code as received; 1005 without one, 1006 without a close frame. */
  readonly code: number;
}

/** Things a feature may want to know or to judge, besides the messages it handles. */
export interface Hooks {
  /** `resumed`: the client goes on where it was and has got what it missed. */
  connected?(host: Host, connection: Connection, resumed: boolean): void;
  disconnected?(host: Host, connection: Connection, loss: Loss): void;
  /** Devices that were away for long have been forgotten. */
  forgotten?(host: Host): void;
  /** A connection sent a request that names a session. */
  named?(host: Host, connection: Connection, session: string): void;
  /**
   * Whether the user can be rung without a socket. `session`: by a route that has not failed in that
   * call already. `wake`: a route that the caller knows.
   */
  wakes?(host: Host, ring: { readonly session?: string; readonly wake?: CallerRoute }): boolean;
  /** A ring went out; `took`: the live sockets that took it. Again for each socket that comes later. */
  rung?(host: Host, call: LiveCall, took: readonly Connection[]): void;
  /** A ringing call has been answered, or is over. `by`: the device of this user that did it. */
  settled?(host: Host, call: LiveCall, reason: EndReason, by?: Connection): void;
  /** What a client that starts over has to know. */
  snapshot?(host: Host, connection: Connection): readonly CallSnapshot[];
  /** Whether something goes on that needs this device: its socket then outlives its token. */
  holds?(host: Host, device: string): boolean;
  /** Whether a lost device is waited for: the next unlabelled socket may take its place. */
  awaits?(host: Host, device: string): boolean;
  /** Alarms by the part of their name before the first colon. */
  alarms?: Readonly<Record<string, (host: Host, name: string) => void | Promise<void>>>;
}
