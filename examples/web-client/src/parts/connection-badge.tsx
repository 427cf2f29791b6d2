import type { ConnectionState } from "../edgering.ts";
import { connectionWords } from "../words.ts";

const TONE: Readonly<Record<ConnectionState, "good" | "waiting" | "bad">> = {
  idle: "waiting",
  connecting: "waiting",
  open: "good",
  waiting: "waiting",
  offline: "bad",
  replaced: "bad",
  expired: "bad",
  refused: "bad",
};

/** The socket's state in words; the colour only repeats it. */
export function ConnectionBadge({ state }: { readonly state: ConnectionState }) {
  return (
    <span className="badge" data-tone={TONE[state]}>
      {connectionWords(state)}
    </span>
  );
}
