import { useEffect, useMemo } from "react";
import { deviceLabel, type Session } from "../session.ts";
import { socketAddress } from "../socket-address.ts";
import { readToken } from "../token.ts";
import { ChatStore } from "./chat-store.ts";

/** A connected chat for as long as the component lives: it goes on while a call is shown. */
export function useChat(session: Session): ChatStore {
  const { chat, isBound } = useMemo(() => {
    const own = readToken(session.token);
    const user = own?.userId ?? "";
    const address = socketAddress(session, `${deviceLabel(session.token)}-chat`);
    const store = new ChatStore(address, user, own?.name ?? user);
    return { chat: store, isBound: own?.device !== undefined };
  }, [session]);
  useEffect(() => {
    // A token that is bound to a device has one socket, and calls need it.
    if (isBound) chat.refuse();
    else chat.connect();
    return () => chat.disconnect();
  }, [chat, isBound]);
  return chat;
}
