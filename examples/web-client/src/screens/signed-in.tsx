import { useEffect } from "react";
import { connectionWords, displayName, spokenPhase } from "../words.ts";
import { createNetworkLab } from "../network-lab.ts";
import { NetworkPanel } from "../parts/network-panel.tsx";
import type { Session } from "../session.ts";
import { useChat } from "../chat/use-chat.ts";
import { useClient } from "../use-client.ts";
import { CallScreen } from "./call-screen.tsx";
import { Home } from "./home.tsx";
import { IncomingCall } from "./incoming-call.tsx";

/** For trying out bad networks: only with `?panel` in the address. */
const lab = new URLSearchParams(location.search).has("panel")
  ? createNetworkLab(WebSocket)
  : undefined;

interface SignedInProps {
  readonly session: Session;
  readonly onSignOut: () => void;
}

/** Chooses the screen for the state of the call, and keeps one live region over all of them. */
export function SignedIn({ session, onSignOut }: SignedInProps) {
  const used = useClient(session, lab);
  const chat = useChat(session);
  const { call, connection } = used.state;
  const incoming =
    call?.phase === "incoming" || (call?.phase === "answering" && call.role === "callee");
  const spoken = [
    call === undefined ? connectionWords(connection) : spokenPhase(call),
    used.notice?.text,
  ];

  useEffect(() => {
    document.title =
      call === undefined
        ? "edgering"
        : `${incoming ? spokenPhase(call) : displayName(call.peer)} – edgering`;
  }, [call, incoming]);

  return (
    <>
      {call === undefined && (
        <Home session={session} used={used} chat={chat} onSignOut={onSignOut} />
      )}
      {call !== undefined && incoming && <IncomingCall call={call} used={used} />}
      {call !== undefined && !incoming && <CallScreen call={call} used={used} />}
      {lab !== undefined && <NetworkPanel lab={lab} connection={connection} />}
      <output className="unseen">{spoken.filter((part) => part !== undefined).join(". ")}</output>
    </>
  );
}
