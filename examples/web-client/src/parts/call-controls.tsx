import type { Call, CallClient } from "../edgering.ts";
import { Icon } from "./icon.tsx";
import { MediaButtons } from "./media-buttons.tsx";

interface CallControlsProps {
  readonly call: Call;
  readonly client: CallClient;
}

/** Microphone, camera and hang-up. */
export function CallControls({ call, client }: CallControlsProps) {
  const preparing = call.phase === "preparing";
  const waiting = preparing || call.phase === "starting" || call.phase === "ringing";
  return (
    <fieldset className="controls">
      <legend className="unseen">Call controls</legend>
      <MediaButtons
        microphone={call.microphone}
        camera={call.camera}
        disabled={{ microphone: preparing, camera: preparing }}
        onMicrophone={(on) => void client.setMicrophone(on)}
        onCamera={(on) => void client.setCamera(on)}
      />
      <button type="button" className="round danger" onClick={() => client.hangUp()}>
        <Icon name="hang-up" />
        <span>{waiting ? "Cancel" : "Hang up"}</span>
      </button>
    </fieldset>
  );
}
