import { Icon } from "./icon.tsx";

interface MediaButtonsProps {
  readonly microphone: boolean;
  readonly camera: boolean;
  /** Which of them cannot be used now. */
  readonly disabled?: { readonly microphone: boolean; readonly camera: boolean };
  readonly onMicrophone: (on: boolean) => void;
  readonly onCamera: (on: boolean) => void;
}

/** Mutes and unmutes, and switches the camera; the words say what a press does. */
export function MediaButtons(props: MediaButtonsProps) {
  const { microphone, camera, disabled, onMicrophone, onCamera } = props;
  return (
    <>
      <button
        type="button"
        className="round"
        data-off={!microphone}
        disabled={disabled?.microphone === true}
        onClick={() => onMicrophone(!microphone)}
      >
        <Icon name="microphone" off={!microphone} />
        <span>{microphone ? "Mute" : "Unmute"}</span>
      </button>
      <button
        type="button"
        className="round"
        data-off={!camera}
        disabled={disabled?.camera === true}
        onClick={() => onCamera(!camera)}
      >
        <Icon name="camera" off={!camera} />
        <span>{camera ? "Camera off" : "Camera on"}</span>
      </button>
    </>
  );
}
