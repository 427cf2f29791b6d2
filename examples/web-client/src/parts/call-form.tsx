import { useState, type SyntheticEvent } from "react";
import { Field } from "./field.tsx";
import { Icon } from "./icon.tsx";

interface CallFormProps {
  readonly ready: boolean;
  readonly onCall: (userId: string, video: boolean) => void;
}

const LAST_CALLED = "edgering.last-called";

/** Whom to call, and how. Enter calls with video. */
export function CallForm({ ready, onCall }: CallFormProps) {
  const [userId, setUserId] = useState(() => sessionStorage.getItem(LAST_CALLED) ?? "");

  const call = (event: SyntheticEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    const wanted = userId.trim();
    if (wanted === "") return;
    sessionStorage.setItem(LAST_CALLED, wanted);
    const { submitter } = event.nativeEvent;
    onCall(wanted, submitter instanceof HTMLButtonElement && submitter.value === "video");
  };

  return (
    <form onSubmit={call}>
      <Field
        label="User id"
        value={userId}
        onChange={setUserId}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="go"
        required
      />
      <div className="pair">
        <button type="submit" value="video" className="primary" disabled={!ready}>
          <Icon name="camera" /> Video call
        </button>
        <button type="submit" value="audio" className="secondary" disabled={!ready}>
          <Icon name="phone" /> Audio call
        </button>
      </div>
    </form>
  );
}
