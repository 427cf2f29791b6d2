import { useEffect, useMemo } from "react";
import { Avatar } from "../parts/avatar.tsx";
import type { Session } from "../session.ts";
import { socketAddress } from "../socket-address.ts";
import { ChatRoom } from "./chat-room.tsx";
import { GuestStore } from "./guest-store.ts";

interface GuestPageProps {
  readonly session: Session;
  readonly userId: string;
  readonly onSignOut: () => void;
}

/** All that a guest sees: the chat. */
export function GuestPage({ session, userId, onSignOut }: GuestPageProps) {
  const chat = useMemo(() => new GuestStore(socketAddress(session), userId), [session, userId]);
  useEffect(() => {
    chat.connect();
    return () => chat.disconnect();
  }, [chat]);

  return (
    <main className="page page-narrow">
      <header className="who">
        <Avatar userId={userId} name={userId.slice("guest:".length)} image={undefined} />
        <div className="who-text">
          <strong>{userId.slice("guest:".length)}</strong>
          <span className="hint">Guest</span>
        </div>
        <button type="button" className="quiet" onClick={onSignOut}>
          Leave
        </button>
      </header>
      <ChatRoom chat={chat} members={false} />
    </main>
  );
}
