/** The user's connections, as features see them. */
import type { Grant } from "../core/permission.ts";
import type { SealedEvent } from "../protocol/message.ts";
import type { ServerPayload, ServerType } from "../protocol/index.ts";
import type { UserInfo } from "../protocol/user-info.ts";

/** One socket of one device. */
export interface Connection {
  readonly id: string;
  /** What goes on when the client resumes: the same for the connections of one run of numbers. */
  readonly line: string;
  /** Identifies the device among the user's devices; two sockets never share one for long. */
  readonly device: string;
  /** The device's name as others may see it; unlabelled devices have none. */
  readonly label?: string;
  readonly profile: UserInfo;
  /** The client opted in to resuming: it claims its call by connecting. */
  readonly resume: boolean;
  /** App whose rooms it may use; `default` when its token names none. */
  readonly app?: string;
  /** A guest of the chat: it may use little, and never gets errors. */
  readonly guest?: true;
  /** The client says that it rings (`call.ring_ack`). */
  readonly ack?: true;
  /** What its token says about channels; without it the deployer's default holds. */
  readonly grants?: readonly Grant[];
  /** When its token expires, in milliseconds since the epoch. */
  readonly expires?: number;
}

/** An event the protocol knows, or one sealed by a peer. */
export type Outgoing =
  | { [T in ServerType]: { type: T; payload: ServerPayload<T>; ref?: string } }[ServerType]
  | SealedEvent;

/** A device, connected or not. */
export type Device = Pick<Connection, "device">;

/** The user's devices. `deliver` is the one place through which every event to a device passes. */
export interface Sockets {
  /** The live sockets. */
  all(): readonly Connection[];
  /** The live socket of a device. */
  of(device: string): Connection | undefined;
  /** Every device that an event may reach: by its live socket, or by its mailbox. */
  devices(): readonly Device[];
  /** Sends an event to some devices and says how many live sockets took it. */
  deliver(event: Outgoing, to: readonly Device[]): number;
  /** Sends the answer to a request to the socket that asked, or to where its client resumes. */
  answer(event: Outgoing, connection: Connection): void;
  /** Whether a device opted in to resuming. */
  resumes(device: string): boolean;
  /** Whether a request of a client that resumes has its answer, by its reference. */
  isAnswered(device: string, ref: string): boolean;
  /** A request that has no answer is void: when it comes again it is handled again. */
  reopen(device: string, ref: string): void;
  /** Whether an event can reach a device now: by a live socket, or by a mailbox. */
  reaches(device: string): boolean;
  /**
   * The same for one event of a peer, which must not be lost: `full` when the device is away and its
   * mailbox would have to let go of something, `absent` when nothing reaches the device.
   */
  offer(event: Outgoing, device: string): "taken" | "full" | "absent";
  /** When the last of the recently lost sockets was lost; milliseconds since the epoch. */
  lastLost(): number | undefined;
}

/** The user's lines, for who addresses those instead of devices. */
export interface Lines {
  /** The lines that events can reach, and whether a live socket is behind each. */
  all(): ReadonlyMap<string, "live" | "away">;
  /**
   * Sends an event to some lines.
   *
   * @returns the lines that nothing reaches; `kept`: a mailbox has written it down
   */
  pass(event: Outgoing, lines: readonly string[]): { absent: string[]; kept: boolean };
  /** Notes something on the sockets of lines, where it outlives an eviction. */
  note(lines: readonly string[], key: string, text: string): void;
  /** What the sockets have noted under a key. */
  notes(key: string): readonly string[];
  /** Closes what is behind a line that could not keep up; its client has to start over. */
  breakOff(line: string): void;
}
