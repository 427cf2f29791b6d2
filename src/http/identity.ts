/** Who is at the door: what the Worker has verified and hands to the user's object. */
import type { Grant } from "../core/permission.ts";
import type { UserInfo } from "../protocol/user-info.ts";

/** A verified user, and what its token and address say about the connection. */
export interface Identity {
  readonly user: string;
  readonly profile: UserInfo;
  /** Label of the device, from the token or the address. */
  readonly device?: string;
  /** Unlabelled sockets of this user are one device (users named by the claim `hash`). */
  readonly oneDevice: boolean;
  /** App whose rooms it may use; `default` when the token names none. */
  readonly app?: string;
  /** A guest of the chat, whose id starts with `guest:`. */
  readonly guest?: true;
  /** What its token says about channels. */
  readonly grants?: readonly Grant[];
  readonly resume: boolean;
  /** Proof of the connection that this one goes on from, and the last event that was received. */
  readonly resumeToken?: string;
  readonly seq?: number;
  /** The client says when it rings. */
  readonly ack?: true;
  /** When the token expires, in milliseconds since the epoch. */
  readonly expires?: number;
}

/** Header by which the Worker hands an identity to the object; clients cannot set it. */
export const IDENTITY_HEADER = "x-edgering-identity";

/** Writes an identity as a header value. */
export function writeIdentity(identity: Identity): string {
  return encodeURIComponent(JSON.stringify(identity).toWellFormed());
}

/** Reads the header value that {@link writeIdentity} wrote. */
export function readIdentity(header: string): Identity {
  return JSON.parse(decodeURIComponent(header)) as Identity;
}
