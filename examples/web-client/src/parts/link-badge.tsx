import type { LinkState } from "../channels/channel-client.ts";

const WORDS = {
  connecting: "Connecting…",
  open: "Connected",
  waiting: "Connection lost. Trying again…",
  refused: "Not connected: another tab is, or this sign-in is for calls only",
} as const;

const TONES = { connecting: "waiting", open: "good", waiting: "waiting", refused: "bad" } as const;

/** How a connection beside that of the calls stands. */
export function LinkBadge({ state }: { readonly state: LinkState }) {
  return (
    <p className="badge" data-tone={TONES[state]} role="status">
      {WORDS[state]}
    </p>
  );
}
