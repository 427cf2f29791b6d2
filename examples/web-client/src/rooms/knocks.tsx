import type { Request } from "./room-state.ts";

interface KnocksProps {
  readonly requests: readonly Request[];
  readonly onAnswer: (id: string, admit: boolean) => void;
}

/** Who asks to come in. Empty it stays on the page, so that screen readers hear who comes. */
export function Knocks({ requests, onAnswer }: KnocksProps) {
  return (
    <ul className="room-requests" aria-live="polite" aria-label="Asking to join">
      {requests.map(({ id, name }) => (
        <li key={id} className="notice">
          <span>{name} asks to join</span>
          <span className="room-answers">
            <button
              type="button"
              className="primary"
              aria-label={`Admit ${name}`}
              onClick={() => onAnswer(id, true)}
            >
              Admit
            </button>
            <button
              type="button"
              className="quiet"
              aria-label={`Refuse ${name}`}
              onClick={() => onAnswer(id, false)}
            >
              Refuse
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}
