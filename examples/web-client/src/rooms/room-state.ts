/** What a page shows of rooms. */
import type { LinkState } from "../channels/channel-client.ts";
import type { MediaState } from "./peer-link.ts";
import type { Message } from "./room-socket.ts";

/** Another member. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly stream: MediaStream;
  readonly media: MediaState;
  readonly speaking: boolean;
  readonly connected: boolean;
}

/** Somebody who asks to be admitted. */
export interface Request {
  readonly id: string;
  readonly name: string;
}

export interface RoomState {
  readonly link: LinkState;
  /** `preparing`: microphone and camera are asked for; `asking`: somebody has to let us in. */
  readonly phase: "outside" | "preparing" | "creating" | "asking" | "inside";
  readonly room: string;
  readonly isOwner: boolean;
  readonly locked: boolean;
  readonly people: readonly Person[];
  readonly requests: readonly Request[];
  readonly own: MediaStream | undefined;
  readonly media: MediaState;
  readonly notice: string | undefined;
}

/** In no room, and asking for none. */
export const OUTSIDE: Omit<RoomState, "link"> = {
  phase: "outside",
  room: "",
  isOwner: false,
  locked: false,
  people: [],
  requests: [],
  own: undefined,
  media: { microphone: true, camera: true },
  notice: undefined,
};

/** Tells one state of the people from another; streams by their ids. */
export function spellOut(people: readonly Person[]): string {
  return JSON.stringify(people.map((person) => ({ ...person, stream: person.stream.id })));
}

/** What to call the member that a message is about. */
export function nameIn({ peerinfo, user, peer_id: id }: Message["payload"]): string {
  const { name: own } = (peerinfo ?? {}) as { name?: string };
  const { name, user_id: userId } = (user ?? {}) as { name?: string; user_id?: string };
  return own ?? name ?? userId ?? String(id).slice(0, 8);
}
