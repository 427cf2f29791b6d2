/**
 * What users' objects and the objects of channels say to each other.
 *
 * A place addresses seats. A seat is one connection's stay at one place; its id is made by the user's
 * object, which alone knows the socket, or the mailbox, behind it.
 */
import type { Position } from "../protocol/channels.ts";

/** What a seat wants to hear. */
export interface Listen {
  readonly broadcast: boolean;
  readonly presence: boolean;
}

/** Something that is published. */
export interface Publication {
  /** Unique: a publication that comes again is recognised. */
  readonly id: string;
  /** Under this key its result is kept for ten minutes, so that a repetition gets it again. */
  readonly key?: string;
  /** Sender; none for events over HTTP. */
  readonly user?: string;
  /** Name of the event on a channel, or of the sender in a chat room. */
  readonly name: string;
  /** JSON: the payload of an event, or the text of a message. */
  readonly json: string;
}

/** Result of a publication. */
export interface Published {
  /** Unix microseconds, raised by one where needed. */
  readonly message_id: number;
}

/** Messages of a user's object to a place, each with its answer. */
export interface PlaceMessages {
  /**
   * Sets what a seat hears. What belongs to the seat alone (acknowledgement, what was missed, who is
   * present) has been delivered when the answer comes.
   */
  "place.listen": {
    message: {
      readonly seat: string;
      readonly listen: Listen;
      /** The client may resume: events wait for it. */
      readonly kept: boolean;
      /** Names the request, so that a second answer to it is recognised. */
      readonly ask?: string;
      readonly ref?: string;
      readonly ref_type?: string;
      readonly since?: Position;
      /** So many of the last events come first. */
      readonly replay?: number;
    };
    reply: null;
  };
  "place.publish": { message: Publication; reply: Published };
  "place.presence": {
    message: {
      readonly seat: string;
      readonly type: "presence_join" | "presence_update" | "presence_leave";
      readonly kept: boolean;
      /** JSON of an object that is not empty. */
      readonly meta?: string;
    };
    reply: null;
  };
  /** Sockets behind seats: lost for now, back by resuming, or gone for good. */
  "place.sockets": {
    message: { readonly seats: readonly string[]; readonly are: "away" | "back" | "gone" };
    reply: null;
  };
}

/** A kind of message to a place. */
export type PlaceKind = keyof PlaceMessages;

/** A message to a place with its kind, as it travels. */
export type PlaceMessage = {
  [K in PlaceKind]: { readonly kind: K; readonly message: PlaceMessages[K]["message"] };
}[PlaceKind];

/** An event on its way from a place to some seats of one user. */
export interface Item {
  /** Its number in the place's log; none for what only these seats get. */
  readonly number?: number;
  readonly type: string;
  /** The payload's JSON, spelled once for all. */
  readonly json: string;
  readonly ref?: string;
  /** The request that it is part of the answer to, and whether it is the last part. */
  readonly ask?: string;
  readonly last?: true;
  readonly to: readonly string[];
}

/** The objects of places. Messages to one place arrive in the order in which they were sent. */
export interface Places {
  /** @throws {PeerUnreachable} after retries; the message may have arrived or not. */
  send<K extends PlaceKind>(
    place: string,
    kind: K,
    message: PlaceMessages[K]["message"],
  ): Promise<PlaceMessages[K]["reply"]>;
}
