import { useCallback, useState } from "react";
import type { Call } from "../edgering.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { NoticeBar } from "../parts/notice-bar.tsx";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import type { UsedClient } from "../use-client.ts";
import { useEscape } from "../use-escape.ts";
import { useTone } from "../use-tone.ts";
import { displayName, phaseWords } from "../words.ts";

interface IncomingCallProps {
  readonly call: Call;
  readonly used: UsedClient;
}

/**
 * Someone rings. The screen takes the focus itself rather than its answer button, so that a key
 * meant for something else does not pick up. Escape silences the ring; it does not decline.
 */
export function IncomingCall({ call, used }: IncomingCallProps) {
  const { client, notice, dismiss } = used;
  const screen = useArrivalFocus<HTMLElement>();
  const [silent, setSilent] = useState(false);
  const answering = call.phase === "answering";
  useEscape(useCallback(() => setSilent(true), []));
  useTone(silent || answering ? undefined : "ring");
  const name = displayName(call.peer);
  const answer = (video: boolean) => {
    dismiss();
    void client.accept({ video });
  };

  return (
    <main
      className="stage stage-center"
      ref={screen}
      tabIndex={-1}
      role="alertdialog"
      aria-labelledby="caller"
      aria-describedby="about"
    >
      <Avatar
        userId={call.peer.user_id}
        name={name}
        image={call.peer.image_profile}
        size="large"
        pulsing={!answering}
      />
      <h1 id="caller">{name}</h1>
      <p id="about" className="stage-status">
        {phaseWords(call)}
      </p>
      {notice !== undefined && <NoticeBar notice={notice} onDismiss={dismiss} />}
      <div className="controls">
        <button type="button" className="round danger" onClick={() => client.hangUp()}>
          <Icon name="hang-up" />
          <span>Decline</span>
        </button>
        <button
          type="button"
          className="round go"
          disabled={answering}
          onClick={() => answer(true)}
        >
          <Icon name="camera" />
          <span>Video</span>
        </button>
        <button
          type="button"
          className="round go"
          disabled={answering}
          onClick={() => answer(false)}
        >
          <Icon name="phone" />
          <span>Audio</span>
        </button>
      </div>
      <button
        type="button"
        className="quiet"
        disabled={silent || answering}
        onClick={() => setSilent(true)}
      >
        {silent ? "Ring silenced" : "Silence"}
        {!silent && <kbd>Esc</kbd>}
      </button>
    </main>
  );
}
