import { useCallback } from "react";
import type { Call } from "../edgering.ts";
import { Avatar } from "../parts/avatar.tsx";
import { CallControls } from "../parts/call-controls.tsx";
import { CallTimer } from "../parts/call-timer.tsx";
import { NoticeBar } from "../parts/notice-bar.tsx";
import { StreamView } from "../parts/stream-view.tsx";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import type { UsedClient } from "../use-client.ts";
import { useEscape } from "../use-escape.ts";
import { useTone } from "../use-tone.ts";
import { awayWords, displayName, phaseWords } from "../words.ts";

interface CallScreenProps {
  readonly call: Call;
  readonly used: UsedClient;
}

/**
 * From calling someone to hanging up. Escape cancels a call that is not answered yet, and nothing
 * else.
 */
export function CallScreen({ call, used }: CallScreenProps) {
  const { client, state, notice, dismiss } = used;
  const heading = useArrivalFocus<HTMLHeadingElement>();
  const waiting =
    call.phase === "preparing" || call.phase === "starting" || call.phase === "ringing";
  const hangUp = useCallback(() => client.hangUp(), [client]);
  useEscape(waiting ? hangUp : undefined);
  useTone(call.phase === "ringing" ? "ringback" : undefined);
  const name = displayName(call.peer);
  const flowing = call.phase === "connected";

  return (
    <main className="stage">
      <StreamView
        label={`${name}, video`}
        stream={call.remoteStream}
        className="remote"
        shown={call.remoteVideo}
      />
      <header className="stage-head" data-over-video={call.remoteVideo}>
        {!call.remoteVideo && (
          <Avatar
            userId={call.peer.user_id}
            name={name}
            image={call.peer.image_profile}
            size="large"
            pulsing={call.phase === "ringing"}
          />
        )}
        <h1 ref={heading} tabIndex={-1}>
          {name}
        </h1>
        <p className="stage-status">
          {flowing && call.connectedAt !== undefined ? (
            <CallTimer since={call.connectedAt} />
          ) : (
            phaseWords(call)
          )}
        </p>
      </header>
      <div className="stage-foot">
        {state.connection !== "open" && !waiting && (
          <p className="banner">Reconnecting to the server. The call goes on.</p>
        )}
        {state.connection === "open" && call.peerAway && (
          <p className="banner">{awayWords(call)}</p>
        )}
        {notice !== undefined && <NoticeBar notice={notice} onDismiss={dismiss} />}
        {call.camera && (
          <StreamView
            label="Your own video"
            stream={call.localStream}
            className="own"
            shown
            mirrored
            muted
          />
        )}
        <CallControls call={call} client={client} />
      </div>
    </main>
  );
}
