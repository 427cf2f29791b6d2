/** What a codec of clients offers that speak to rooms in another accent than the native one. */
import type { Event, SealedEvent } from "../protocol/message.ts";
import type { ProtocolError } from "../protocol/errors.ts";

/** What a frame says. `ack`: the number under which the client wants to hear of the outcome. */
export type Incoming =
  /** A client introduces itself. */
  | { readonly kind: "connect"; readonly token: unknown }
  /** It asks for a session token. */
  | {
      readonly kind: "auth";
      readonly token: unknown;
      readonly peerinfo: unknown;
      readonly data: unknown;
      readonly ack: number | undefined;
    }
  /** It sends a request, in native terms; an empty `type` when there is no such request. */
  | {
      readonly kind: "request";
      readonly auth: unknown;
      readonly type: string;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly ack: number | undefined;
    }
  /** Something that gets this frame and nothing else. */
  | { readonly kind: "reply"; readonly frame: string }
  /** It is still there. */
  | { readonly kind: "alive" }
  /** It takes its leave. */
  | { readonly kind: "leave" }
  /** Nothing that matters. */
  | { readonly kind: "nothing" }
  /** It does not keep to the protocol. */
  | { readonly kind: "broken" };

/** How often the service asks whether a client is there, and how long that may answer; milliseconds. */
export interface Heartbeat {
  readonly pingInterval: number;
  readonly pingTimeout: number;
}

/** A codec: taking it out of the list (peer-codecs.ts) takes its endpoint away and nothing else. */
export interface PeerCodec {
  /** Path of its endpoint. */
  readonly path: string;
  /** Largest frame, in bytes. */
  readonly limit: number;
  /** Longest time until the client has introduced itself, in milliseconds. */
  readonly patience: number;
  /** Refuses an address that asks for what is not served. */
  refuse(query: URLSearchParams): object | undefined;
  /** A fresh id for a peer. */
  newId(): string;
  /** The first frame. */
  greet(heartbeat: Heartbeat): string;
  /** Asks whether the client is there. */
  readonly ping: string;
  /** Lets a client in, under the id that others know it by. */
  welcome(id: string): string;
  /** Turns a client away; its socket is closed next. */
  readonly farewell: string;
  read(frame: string | ArrayBuffer): Incoming;
  /** Spells an event out; nothing when these clients know no such event. */
  write(event: Event | SealedEvent, peer: string): string | undefined;
  /** Tells the outcome of a request. */
  settle(ack: number, error?: ProtocolError): string;
  /** The event, in native terms, that tells these clients of a refusal; most hear nothing. */
  refusal(type: string, error: ProtocolError): Event | undefined;
}
