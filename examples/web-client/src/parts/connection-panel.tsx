import type { ConnectionState } from "../edgering.ts";

interface ConnectionPanelProps {
  readonly state: ConnectionState;
  readonly onConnect: () => void;
  readonly onSignOut: () => void;
}

const FINAL = {
  replaced: { text: "You are signed in elsewhere, so calls ring there now.", label: "Use it here" },
  expired: { text: "Your sign-in ran out.", label: "Sign in again" },
  refused: { text: "The server does not accept this sign-in.", label: "Sign in again" },
} as const;

/** What to do when the connection has ended for good. */
export function ConnectionPanel({ state, onConnect, onSignOut }: ConnectionPanelProps) {
  if (state !== "replaced" && state !== "expired" && state !== "refused") return null;
  const { text, label } = FINAL[state];
  return (
    <section className="notice" data-tone="bad" aria-label="Connection">
      <p>{text}</p>
      <button
        type="button"
        className="secondary"
        onClick={state === "replaced" ? onConnect : onSignOut}
      >
        {label}
      </button>
    </section>
  );
}
