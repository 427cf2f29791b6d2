/** What a chat shows, be it a user's or a guest's. */
import type { LinkState } from "../channels/channel-client.ts";
import { Observed } from "../observed.ts";

/** One line of a room. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  readonly own: boolean;
  /** Sent, but not heard back yet. */
  readonly pending?: boolean;
  /** Names the line in a refusal, */
  readonly ref?: string;
  /** and why it was refused. */
  readonly refusal?: string;
}

export interface ChatState {
  readonly link: LinkState;
  readonly room: string;
  readonly lines: readonly Line[];
  readonly members: readonly { readonly id: string; readonly name: string }[];
  readonly typing: readonly string[];
  /** Some lines are gone for good. */
  readonly gap: boolean;
  /** Why the room cannot be listened to. */
  readonly refusal: string | undefined;
}

const MOST_LINES = 500;

/** A room of which nothing is known yet. */
export const freshRoom = (room: string) =>
  ({ room, lines: [], members: [], typing: [], gap: false, refusal: undefined }) as const;

/** A chat begins in room 0. */
export const chatView = () => new Observed<ChatState>({ link: "connecting", ...freshRoom("0") });

/** Adds a line below the others, of which the latest are kept. */
export const addLine = (view: Observed<ChatState>, line: Line): void =>
  view.set({ lines: [...view.current().lines, line].slice(-MOST_LINES) });
