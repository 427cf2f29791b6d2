/** The plug between the product and the shell that runs it. */
import type { Alarms, CallStore, Log, Storage } from "../core/ports.ts";
import type { Event, SealedEvent } from "../protocol/message.ts";
import type { ServerPayload, ServerType } from "../protocol/index.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import type { PeerKind, PeerMessages } from "./peer.ts";

/** One socket of one device. */
export interface Connection {
  readonly id: string;
  /** Identifies the device among the user's devices; two sockets never share one for long. */
  readonly device: string;
  /** The device's name as others may see it; unlabelled devices have none. */
  readonly label?: string;
  readonly profile: UserInfo;
  /** The client opted in to resuming: it claims its call by connecting. */
  readonly resume: boolean;
  /** When its token expires, in milliseconds since the epoch. */
  readonly expires?: number;
}

/** An event the protocol knows, or one sealed by a peer. */
export type Outgoing =
  | { [T in ServerType]: { type: T; payload: ServerPayload<T>; ref?: string } }[ServerType]
  | SealedEvent;

/** The user's sockets. `deliver` is the one place through which every event to a device passes. */
export interface Sockets {
  all(): readonly Connection[];
  /** The live socket of a device. */
  of(device: string): Connection | undefined;
  /** Sends an event to some sockets and says how many took it. */
  deliver(event: Outgoing, to: readonly Connection[]): number;
  /** When the last of the recently lost sockets was lost; milliseconds since the epoch. */
  lastLost(): number | undefined;
}

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

/** Another user's object could not be reached. */
export class PeerUnreachable extends Error {
  override readonly name = "PeerUnreachable";
}

/** Durations the product works with, in milliseconds. */
export interface Timing {
  readonly ringMs: number;
  readonly graceMs: number;
}

/** What the shell offers a feature. */
export interface Host {
  /** Id of the user this object belongs to. */
  readonly user: string;
  readonly timing: Timing;
  readonly storage: Storage;
  readonly alarms: Alarms;
  readonly sockets: Sockets;
  readonly peers: Peers;
  readonly calls: CallStore;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A fresh UUID v4. */
  uuid(): string;
  /** Lets work go on after the current event; its failure is logged. */
  background(work: Promise<unknown>): void;
  /** Tells every feature that no socket took an event that was worth more than that. */
  undelivered(event: Outgoing): void;
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
  connected?(host: Host, connection: Connection): void;
  disconnected?(host: Host, connection: Connection, loss: Loss): void;
  /** A connection sent a request that names a session. */
  named?(host: Host, connection: Connection, session: string): void;
  /** Nobody took an event. */
  undelivered?(host: Host, event: Outgoing): void;
  /** Whether something goes on that needs this device: its socket then outlives its token. */
  holds?(host: Host, device: string): boolean;
  /** Alarms by the part of their name before the first colon. */
  alarms?: Readonly<Record<string, (host: Host, name: string) => void | Promise<void>>>;
}
