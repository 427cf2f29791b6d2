/** Pushes as the product sees them: where they go, what they say, and what may come of them. */
import type { EndReason } from "../protocol/calls.ts";
import type { ApnsEnvironment, PushOs, WebSubscription } from "../protocol/push.ts";
import type { UserInfo } from "../protocol/user-info.ts";

/** Where a push goes. */
export type PushTarget =
  | { readonly os: "android"; readonly token: string }
  | { readonly os: "ios"; readonly token: string; readonly environment?: ApnsEnvironment }
  | { readonly os: "web"; readonly subscription: WebSubscription };

/** A route that a caller knows of the callee. */
export interface CallerRoute {
  readonly os: "android" | "ios";
  readonly token: string;
}

/** A device of the user that can be woken. */
export interface PushRoute {
  /** Name by which the user knows it: its label, or the id of an unlabelled device. */
  readonly name: string;
  /** The device as sockets are known by ({@link Connection.device}). */
  readonly device: string;
  readonly labelled: boolean;
  readonly target: PushTarget;
  /** iOS only: for everything that is not an incoming ring. */
  readonly alert?: PushTarget;
  /** The user as the token said when the device was registered. */
  readonly profile: UserInfo;
  /** When it was registered, in milliseconds since the epoch. */
  readonly at: number;
  /** Names the token, or the subscription's address, without giving it away. */
  readonly hash: string;
  /** The turn in which this user became the token's owner; none while the record is being asked. */
  readonly turn?: number;
  /** A later turn of somebody else, heard of while the record was being asked. */
  readonly lostIn?: number;
}

/** What a push says. Times are milliseconds since the epoch. */
export type PushNote =
  | {
      readonly kind: "ring";
      readonly session: string;
      readonly caller: UserInfo;
      readonly ringUntil: number;
      /** Lets the device answer without a socket; only for registered routes. */
      readonly callToken?: string;
    }
  | {
      readonly kind: "cancel";
      readonly session: string;
      readonly caller: UserInfo;
      readonly reason: EndReason;
    }
  | { readonly kind: "missed"; readonly session: string; readonly caller: UserInfo };

/** What came of one attempt. */
export type PushResult =
  | { readonly outcome: "taken" }
  /** The provider knows the token no more; `since` when, if it says. */
  | { readonly outcome: "dead"; readonly since?: number }
  /** Asking again cannot help. */
  | { readonly outcome: "refused"; readonly detail: string }
  /** Worth another attempt, after `afterMs` if the provider says. */
  | { readonly outcome: "later"; readonly detail: string; readonly afterMs?: number };

/** Push providers, and the record of whose a token is. */
export interface PushPort {
  /** Whether callers may name a route of the callee. */
  readonly callerTokens: boolean;
  /** Whether the provider of that kind of route is configured. */
  offers(os: PushOs): boolean;
  /** Makes one attempt, in bounded time. Never throws. `isWanted` is asked at the last moment. */
  send(target: PushTarget, note: PushNote, isWanted?: () => boolean): Promise<PushResult>;
  /** Hash under which a target's owner is kept; log lines name a token by it. */
  hash(target: PushTarget): Promise<string>;
  /**
   * Makes the user the owner of a token. Turns rise with every change of owner.
   *
   * @returns the owner before, if it was somebody else
   * @throws when the record is out of reach
   */
  claim(hash: string, user: string): Promise<{ readonly before?: string; readonly turn: number }>;
}
