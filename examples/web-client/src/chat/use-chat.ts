import { useEffect, useMemo } from "react";
import { deviceLabel, type Session } from "../session.ts";
import { socketAddress } from "../socket-address.ts";
import { readToken } from "../token.ts";
import { ChatStore } from "./chat-store.ts";

/** A connected chat for as long as the component lives: it goes on while a call is shown. */
export function useChat(session: Session): ChatStore {
  const chat = useMemo(() => {
    const own = readToken(session.token);
    const user = own?.userId ?? "";
    // A socket of its own beside the one of calls, unless the token is bound to one device.
    const device = own?.device === undefined ? `${deviceLabel(session.token)}-chat` : own.device;
    return new ChatStore(socketAddress(session, device), user, own?.name ?? user);
  }, [session]);
  useEffect(() => {
    chat.connect();
    return () => chat.disconnect();
  }, [chat]);
  return chat;
}
