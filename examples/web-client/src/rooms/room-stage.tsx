import { Icon } from "../parts/icon.tsx";
import { LinkBadge } from "../parts/link-badge.tsx";
import { MediaButtons } from "../parts/media-buttons.tsx";
import type { UserInfo } from "../edgering.ts";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import { displayName } from "../words.ts";
import { Knocks } from "./knocks.tsx";
import type { RoomClient } from "./room-client.ts";
import type { RoomState } from "./room-state.ts";
import { RoomTile } from "./room-tile.tsx";

interface RoomStageProps {
  readonly client: RoomClient;
  readonly state: RoomState;
  /** Who sits at this page. */
  readonly user: UserInfo;
}

/** Inside a room: everybody in a grid, who asks to come in, and the controls. */
export function RoomStage({ client, state, user }: RoomStageProps) {
  const { room, isOwner, locked, people, requests, own, media } = state;
  const heading = useArrivalFocus<HTMLHeadingElement>();
  const answer = (id: string, admit: boolean) => {
    client.answer(id, admit);
    // The button that was pressed goes away, and the focus must not be lost with it.
    heading.current?.focus({ preventScroll: true });
  };
  return (
    <section className="room" aria-label={`Room ${room}`}>
      <h1 ref={heading} tabIndex={-1}>
        {room}{" "}
        <small>
          {people.length + 1} here{locked && ", locked"}
        </small>
      </h1>
      {state.link !== "open" && <LinkBadge state={state.link} />}
      <output className="room-notice">{state.notice}</output>
      <Knocks requests={requests} onAnswer={answer} />
      <div className="room-grid" data-count={Math.min(people.length + 1, 10)}>
        {own !== undefined && (
          <RoomTile
            own
            person={{
              id: user.user_id,
              name: displayName(user),
              stream: own,
              media,
              speaking: false,
              connected: true,
            }}
          />
        )}
        {people.map((person) => (
          <RoomTile
            key={person.id}
            person={person}
            {...(isOwner && { onKick: () => client.kick(person.id) })}
          />
        ))}
      </div>
      <fieldset className="controls">
        <legend className="unseen">Room controls</legend>
        <MediaButtons
          {...media}
          disabled={{ microphone: false, camera: own?.getVideoTracks().length === 0 }}
          onMicrophone={(microphone) => client.setMedia({ ...media, microphone })}
          onCamera={(camera) => client.setMedia({ ...media, camera })}
        />
        {isOwner && (
          <button type="button" className="round" onClick={() => client.lock(!locked)}>
            <Icon name="lock" off={locked} />
            <span>{locked ? "Unlock" : "Lock"}</span>
          </button>
        )}
        <button type="button" className="round danger" onClick={() => client.leave()}>
          <Icon name="hang-up" />
          <span>Leave</span>
        </button>
      </fieldset>
    </section>
  );
}
