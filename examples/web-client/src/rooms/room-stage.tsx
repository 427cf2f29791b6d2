import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { StreamView } from "../parts/stream-view.tsx";
import type { Person, RoomClient, RoomState } from "./room-client.ts";

interface RoomStageProps {
  readonly client: RoomClient;
  readonly state: RoomState;
}

/** Inside a room: everybody in a grid, who asks to come in, and the controls. */
export function RoomStage({ client, state }: RoomStageProps) {
  const { room, isOwner, locked, people, requests, own, media } = state;
  return (
    <section className="room" aria-label={`Room ${room}`}>
      <h1>
        {room} <small>{people.length + 1} here</small>
      </h1>
      <ul className="room-requests" aria-live="polite">
        {requests.map(({ id, name }) => (
          <li key={id}>
            <span>{name} asks to join</span>
            <button type="button" className="primary" onClick={() => client.answer(id, true)}>
              Admit {name}
            </button>
            <button type="button" className="quiet" onClick={() => client.answer(id, false)}>
              Refuse
            </button>
          </li>
        ))}
      </ul>
      <div className="room-grid" data-count={people.length + 1}>
        {own !== undefined && (
          <figure className="room-tile">
            <StreamView
              label="Your own video"
              stream={own}
              className="tile"
              shown={media.camera}
              mirrored
              muted
            />
            <figcaption>You</figcaption>
          </figure>
        )}
        {people.map((person) => (
          <Tile
            key={person.id}
            person={person}
            {...(isOwner && { onKick: () => client.kick(person.id) })}
          />
        ))}
      </div>
      <fieldset className="controls">
        <legend className="unseen">Room controls</legend>
        <button
          type="button"
          className="round"
          data-off={!media.microphone}
          onClick={() => client.setMedia({ ...media, microphone: !media.microphone })}
        >
          <Icon name="microphone" off={!media.microphone} />
          <span>{media.microphone ? "Mute" : "Unmute"}</span>
        </button>
        <button
          type="button"
          className="round"
          data-off={!media.camera}
          onClick={() => client.setMedia({ ...media, camera: !media.camera })}
        >
          <Icon name="camera" off={!media.camera} />
          <span>{media.camera ? "Camera off" : "Camera on"}</span>
        </button>
        {isOwner && (
          <button type="button" className="quiet" onClick={() => client.lock(!locked)}>
            {locked ? "Unlock room" : "Lock room"}
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

function Tile({ person, onKick }: { readonly person: Person; readonly onKick?: () => void }) {
  const { id, name, stream, media, speaking, connected } = person;
  return (
    <figure className="room-tile" data-speaking={speaking}>
      <StreamView
        label={`${name}, video`}
        stream={stream}
        className="tile"
        shown={connected && media.camera}
      />
      {!(connected && media.camera) && (
        <Avatar userId={id} name={name} image={undefined} size="large" />
      )}
      <figcaption>
        {!media.microphone && <Icon name="microphone" off />}
        {name}
        {!connected && " – connecting"}
        {speaking && <span className="unseen"> speaks</span>}
      </figcaption>
      {onKick && (
        <button
          type="button"
          className="quiet room-kick"
          aria-label={`Remove ${name}`}
          onClick={onKick}
        >
          <Icon name="close" />
        </button>
      )}
    </figure>
  );
}
