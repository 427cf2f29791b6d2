import { useState, type SyntheticEvent } from "react";
import { Field } from "../parts/field.tsx";
import { serverAddress } from "../server-address.ts";
import type { Session } from "../session.ts";
import { guestToken } from "./guest-store.ts";

/** A name is all that a guest needs. */
export function GuestForm({ onSignIn }: { readonly onSignIn: (session: Session) => void }) {
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const server = serverAddress(location.origin);
    if (server === undefined) return setFailure("This page has no usable address.");
    setBusy(true);
    setFailure(undefined);
    try {
      onSignIn({ server, token: await guestToken(server, name) });
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field label="Name in the chat" value={name} onChange={setName} maxLength={64} required />
      <p className="failure" role="alert">
        {failure}
      </p>
      <button type="submit" className="primary" disabled={busy}>
        {busy ? "Entering…" : "Enter the chat"}
      </button>
      <p className="hint">
        Guests chat with each other. To call somebody, or to chat with users, sign in.
      </p>
    </form>
  );
}
