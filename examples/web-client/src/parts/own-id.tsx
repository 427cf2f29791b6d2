import { useState } from "react";
import { Icon } from "./icon.tsx";

/** The user's own id, to be passed on. */
export function OwnId({ userId }: { readonly userId: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // Undefined on pages without https; the id stands there to be selected by hand.
    void navigator.clipboard?.writeText(userId).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <p className="own-id">
      <span>
        Your id: <code>{userId}</code>
      </span>
      <button type="button" className="quiet" onClick={copy}>
        <Icon name="copy" /> <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </button>
    </p>
  );
}
