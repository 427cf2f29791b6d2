import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { Field } from "../parts/field.tsx";
import { LinkBadge } from "../parts/link-badge.tsx";
import type { Session } from "../session.ts";
import { readToken } from "../token.ts";
import { useObserved } from "../use-observed.ts";
import { RoomStage } from "./room-stage.tsx";
import type { RoomState } from "./room-state.ts";
import { roomClientOf } from "./room-client-of.ts";

/** Rooms for group calls: the way in, or the room itself. */
export function RoomsTab({ session }: { readonly session: Session }) {
  const client = roomClientOf(session);
  const state = useObserved(client.view);
  const [name, setName] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const wasInside = useRef(false);
  const isInside = state.phase === "inside";
  useEffect(() => {
    if (wasInside.current && !isInside) heading.current?.focus();
    wasInside.current = isInside;
  }, [isInside]);

  if (isInside) {
    const { userId = "you", name: shown } = readToken(session.token) ?? {};
    const user = { user_id: userId, ...(shown !== undefined && { name: shown }) };
    return <RoomStage client={client} state={state} user={user} />;
  }
  const busy = state.phase !== "outside";
  const unready = busy || state.link !== "open";
  const create = (event: SyntheticEvent) => {
    event.preventDefault();
    void client.create(name.trim());
  };
  return (
    <section className="card">
      <h1 ref={heading} tabIndex={-1}>
        Meet in a room
      </h1>
      <form onSubmit={create}>
        <Field
          label="Room"
          hint="Create a room, or ask the owner of one to let you in."
          value={name}
          maxLength={128}
          autoComplete="off"
          disabled={busy}
          onChange={setName}
        />
        <div className="pair">
          <button type="submit" className="primary" disabled={unready}>
            Create room
          </button>
          <button
            type="button"
            className="secondary"
            disabled={unready || name.trim() === ""}
            onClick={() => void client.knock(name.trim())}
          >
            Ask to join
          </button>
        </div>
      </form>
      {state.link !== "open" && <LinkBadge state={state.link} />}
      <output className="room-notice">{waitWords(state) ?? state.notice}</output>
      {busy && (
        <button type="button" className="quiet" onClick={() => client.leave()}>
          Cancel
        </button>
      )}
    </section>
  );
}

/** What is being waited for. */
const waitWords = ({ phase, room }: RoomState): string | undefined => {
  if (phase === "preparing") return "Waiting for your microphone and camera…";
  if (phase === "creating") return "Creating the room…";
  return phase === "asking" ? `Waiting to be let into ${room || "the room"}…` : undefined;
};
