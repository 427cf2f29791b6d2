import { useState, type SyntheticEvent } from "react";
import { developmentToken, userIdFrom } from "../development-token.ts";
import { Field } from "../parts/field.tsx";
import { serverAddress } from "../server-address.ts";
import type { Session } from "../session.ts";

interface NameFormProps {
  readonly onSignIn: (session: Session) => void;
}

/** Development servers hand out a token for any name. */
export function NameForm({ onSignIn }: NameFormProps) {
  const [name, setName] = useState("");
  const [typedId, setTypedId] = useState<string>();
  const [typedServer, setTypedServer] = useState(location.origin);
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const userId = typedId ?? userIdFrom(name);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const server = serverAddress(typedServer);
    if (server === undefined)
      return setFailure(
        "This server address cannot be used. Write it like https://calls.example.com.",
      );
    setBusy(true);
    setFailure(undefined);
    try {
      onSignIn({
        server,
        token: await developmentToken(server, { userId: userId.trim(), name: name.trim() }),
      });
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field label="Your name" value={name} onChange={setName} autoComplete="name" required />
      <Field
        label="Your user id"
        hint="Others call you by this id."
        value={userId}
        onChange={setTypedId}
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <details>
        <summary>Another server</summary>
        <Field
          label="Server"
          value={typedServer}
          onChange={setTypedServer}
          inputMode="url"
          spellCheck={false}
          required
        />
      </details>
      <p className="failure" role="alert">
        {failure}
      </p>
      <button type="submit" className="primary" disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
      <p className="hint">
        For development servers. In production your own backend issues the tokens.
      </p>
    </form>
  );
}
