import { useCallback, useEffect, useRef, useState } from "react";

interface StreamViewProps {
  readonly label: string;
  readonly stream: MediaStream;
  readonly className: string;
  /** Without it the picture is hidden and the sound goes on. */
  readonly shown: boolean;
  readonly mirrored?: boolean;
  readonly muted?: boolean;
}

/** Plays a stream. If the browser holds its sound back, a button lets the user start it. */
export function StreamView(props: StreamViewProps) {
  const { label, stream, className, shown, mirrored = false, muted = false } = props;
  const video = useRef<HTMLVideoElement>(null);
  const [blocked, setBlocked] = useState(false);

  const play = useCallback(() => {
    video.current?.play().then(
      () => setBlocked(false),
      (error: unknown) =>
        setBlocked(error instanceof DOMException && error.name === "NotAllowedError"),
    );
  }, []);

  useEffect(() => {
    if (video.current === null) return;
    video.current.srcObject = stream;
    play();
  }, [stream, play]);

  return (
    <>
      <video
        ref={video}
        className={className}
        data-shown={shown}
        data-mirrored={mirrored}
        muted={muted}
        autoPlay
        playsInline
        aria-label={label}
        aria-hidden={!shown}
      />
      {blocked && (
        <button type="button" className="primary unblock" onClick={play}>
          Turn on sound
        </button>
      )}
    </>
  );
}
