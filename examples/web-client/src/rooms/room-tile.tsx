import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { StreamView } from "../parts/stream-view.tsx";
import type { Person } from "./room-state.ts";

interface RoomTileProps {
  readonly person: Person;
  /** The person at this page: mirrored and without sound. */
  readonly own?: boolean;
  readonly onKick?: () => void;
}

/** One member: the picture, or who it would be. */
export function RoomTile({ person, own = false, onKick }: RoomTileProps) {
  const { id, name, stream, media, speaking, connected } = person;
  const shown = connected && media.camera;
  return (
    <figure className="room-tile" data-speaking={speaking}>
      <StreamView
        label={own ? "Your own video" : `${name}, video`}
        stream={stream}
        className="tile"
        shown={shown}
        mirrored={own}
        muted={own}
      />
      {!shown && (
        <div className="room-absent">
          <Avatar userId={id} name={name} image={undefined} size="large" />
          {!connected && <span>Connecting…</span>}
        </div>
      )}
      <figcaption>
        {!media.microphone && <Icon name="microphone" off />}
        <span className="room-name">{own ? "You" : name}</span>
        {!media.microphone && <span className="unseen">, muted</span>}
        {speaking && <span className="unseen"> speaks</span>}
      </figcaption>
      {onKick && (
        <button
          type="button"
          className="room-kick"
          aria-label={`Remove ${name}`}
          title={`Remove ${name}`}
          onClick={onKick}
        >
          <Icon name="close" />
        </button>
      )}
    </figure>
  );
}
