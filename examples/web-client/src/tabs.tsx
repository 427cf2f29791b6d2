/** What a signed-in user can do when in no call: one row a tab. */
import type { ReactNode } from "react";
import { Inspector } from "./channels/inspector.tsx";
import { ChatRoom } from "./chat/chat-room.tsx";
import type { ChatStore } from "./chat/chat-store.ts";
import { RoomsTab } from "./rooms/rooms-tab.tsx";
import type { Session } from "./session.ts";

/** What tabs are made of. */
export interface TabProps {
  /** The form that starts calls. */
  readonly calls: ReactNode;
  readonly chat: ChatStore;
  readonly session: Session;
}

interface Tab {
  readonly id: string;
  readonly label: string;
  readonly show: (props: TabProps) => ReactNode;
}

export const tabs: readonly Tab[] = [
  { id: "calls", label: "Calls", show: ({ calls }) => calls },
  { id: "rooms", label: "Rooms", show: ({ session }) => <RoomsTab session={session} /> },
  { id: "chat", label: "Chat", show: ({ chat }) => <ChatRoom chat={chat} members /> },
  { id: "channels", label: "Channels", show: ({ chat }) => <Inspector chat={chat} /> },
];
