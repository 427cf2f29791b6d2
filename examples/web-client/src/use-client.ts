import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { CallClient, type CallEnd, type ClientState } from "./edgering.ts";
import type { NetworkLab } from "./network-lab.ts";
import { deviceLabel, type Session } from "./session.ts";
import { endWords, problemWords } from "./words.ts";

/** One sentence for the user, and what they may do about it. */
export interface Notice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface UsedClient {
  readonly client: CallClient;
  readonly state: ClientState;
  readonly notice: Notice | undefined;
  readonly dismiss: () => void;
}

const REDIAL = new Set([
  "declined",
  "no_answer",
  "user_busy",
  "user_offline",
  "unreachable",
  "peer_disconnected",
  "connection_lost",
]);

const endNotice = (end: CallEnd, client: CallClient): Notice => {
  const again = (label: string) => ({ label, run: () => void client.call(end.call.peer.user_id) });
  const text = endWords(end);
  if (end.call.role !== "caller") return { text };
  if (end.code.startsWith("camera_")) return { text, action: again("Call with audio only") };
  return REDIAL.has(end.code) ? { text, action: again("Call again") } : { text };
};

/**
 * A connected client for as long as the component lives, its state, and the last thing worth
 * telling.
 */
export const useClient = (session: Session, lab?: NetworkLab): UsedClient => {
  const client = useMemo(
    () =>
      new CallClient({
        server: session.server,
        token: session.token,
        device: deviceLabel(session.token),
        memory: sessionStorage,
        ...(lab && { environment: { WebSocket: lab.WebSocket } }),
      }),
    [session, lab],
  );
  const subscribe = useCallback((changed: () => void) => client.on("change", changed), [client]);
  const state = useSyncExternalStore(subscribe, () => client.state);
  const [notice, setNotice] = useState<Notice>();

  useEffect(() => {
    let inCall = false;
    const stops = [
      client.on("change", ({ call }) => {
        if (call !== undefined && !inCall) setNotice(undefined);
        inCall = call !== undefined;
      }),
      client.on("ended", (end) => setNotice(endNotice(end, client))),
      client.on("problem", (problem) => setNotice({ text: problemWords(problem) })),
    ];
    client.connect();
    return () => {
      for (const stop of stops) stop();
      client.disconnect();
    };
  }, [client]);

  return { client, state, notice, dismiss: () => setNotice(undefined) };
};
