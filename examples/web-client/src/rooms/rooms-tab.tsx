import { useState, useSyncExternalStore } from "react";
import { Field } from "../parts/field.tsx";
import type { Session } from "../session.ts";
import { RoomStage } from "./room-stage.tsx";
import { roomClientOf } from "./room-client-of.ts";

/** Rooms for group calls: the way in, or the room itself. */
export function RoomsTab({ session }: { readonly session: Session }) {
  const client = roomClientOf(session);
  const state = useSyncExternalStore(client.subscribe, client.snapshot);
  const [name, setName] = useState("");

  if (state.phase === "inside") return <RoomStage client={client} state={state} />;
  const asking = state.phase === "asking";
  return (
    <section className="card">
      <h1>Meet in a room</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void client.create(name.trim());
        }}
      >
        <Field
          label="Room"
          hint="Create a room, or ask the owner of one to let you in."
          value={name}
          maxLength={128}
          disabled={asking}
          onChange={setName}
        />
        <div className="room-actions">
          <button type="submit" className="primary" disabled={asking}>
            Create room
          </button>
          <button
            type="button"
            className="quiet"
            disabled={asking || name.trim() === ""}
            onClick={() => void client.knock(name.trim())}
          >
            Ask to join
          </button>
          {asking && (
            <button type="button" className="quiet" onClick={() => client.leave()}>
              Cancel
            </button>
          )}
        </div>
      </form>
      <output className="room-notice">
        {asking ? `Waiting to be let into ${state.room || "the room"} …` : state.notice}
      </output>
    </section>
  );
}
