/** What can be done to the service in one moment, with sockets and calls named outright. */

export type Signal = "webrtc.offer" | "webrtc.answer" | "webrtc.ice";

interface Sent {
  readonly do: "send";
  readonly user: number;
  readonly key: string;
  readonly ref: string;
}

/** `callee`: a user of the world, or nobody. */
export interface Start extends Sent {
  readonly type: "call.start";
  readonly callee: number | undefined;
  readonly join: boolean;
  readonly ringSeconds?: number;
  /** Name that a new call gets. */
  readonly id: string;
}

export interface Request extends Sent {
  readonly type: "call.accept" | "call.reject" | "call.end" | "call.check";
  readonly session: string;
}

export interface Signaling extends Sent {
  readonly type: Signal;
  readonly session: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export type Send = Start | Request | Signaling;

export type Operation =
  | Send
  | {
      readonly do: "connect";
      readonly user: number;
      readonly slot: number;
      readonly key: string;
      readonly resume: boolean;
    }
  | { readonly do: "close"; readonly user: number; readonly key: string; readonly code?: number }
  /** All sockets of a user break without a close frame. */
  | { readonly do: "vanish"; readonly user: number }
  /** The first part of a start: the client has forgotten the call that its socket took over. */
  | { readonly do: "forget"; readonly user: number; readonly key: string }
  | { readonly do: "evict"; readonly user: number }
  /** Runs the alarm of one user's object, or of all until none is due. */
  | { readonly do: "alarm"; readonly user: number | undefined };
