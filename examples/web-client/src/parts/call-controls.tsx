import type { Call, CallClient } from "../edgering.ts";
import { Icon } from "./icon.tsx";

interface CallControlsProps {
  readonly call: Call;
  readonly client: CallClient;
}

/** Microphone, camera and hang-up. */
export function CallControls({ call, client }: CallControlsProps) {
  const waiting =
    call.phase === "preparing" || call.phase === "starting" || call.phase === "ringing";
  return (
    <fieldset className="controls">
      <legend className="unseen">Call controls</legend>
      <button
        type="button"
        className="round"
        data-off={!call.microphone}
        disabled={call.phase === "preparing"}
        onClick={() => void client.setMicrophone(!call.microphone)}
      >
        <Icon name="microphone" off={!call.microphone} />
        <span>{call.microphone ? "Mute" : "Unmute"}</span>
      </button>
      <button
        type="button"
        className="round"
        data-off={!call.camera}
        disabled={call.phase === "preparing"}
        onClick={() => void client.setCamera(!call.camera)}
      >
        <Icon name="camera" off={!call.camera} />
        <span>{call.camera ? "Camera off" : "Camera on"}</span>
      </button>
      <button type="button" className="round danger" onClick={() => client.hangUp()}>
        <Icon name="hang-up" />
        <span>{waiting ? "Cancel" : "Hang up"}</span>
      </button>
    </fieldset>
  );
}
