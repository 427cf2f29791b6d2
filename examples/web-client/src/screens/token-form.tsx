import { useState, type SyntheticEvent } from "react";
import { Field } from "../parts/field.tsx";
import { serverAddress } from "../server-address.ts";
import type { Session } from "../session.ts";
import { readToken } from "../token.ts";

interface TokenFormProps {
  readonly onSignIn: (session: Session) => void;
}

/** For tokens that come from elsewhere, such as a production backend or `npm run token`. */
export function TokenForm({ onSignIn }: TokenFormProps) {
  const [token, setToken] = useState("");
  const [typedServer, setTypedServer] = useState(location.origin);
  const [failure, setFailure] = useState<string>();

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const server = serverAddress(typedServer);
    if (server === undefined)
      return setFailure(
        "This server address cannot be used. Write it like https://calls.example.com.",
      );
    if (readToken(token) === undefined)
      return setFailure(
        "This is not a token with a user id (claim hash, sub or user_id). Paste the whole JWT.",
      );
    onSignIn({ server, token: token.trim() });
  };

  return (
    <form onSubmit={submit}>
      <Field
        label="Token (JWT)"
        value={token}
        onChange={setToken}
        type="password"
        autoComplete="off"
        required
      />
      <Field
        label="Server"
        hint="The service’s address, such as https://calls.example.com."
        value={typedServer}
        onChange={setTypedServer}
        inputMode="url"
        spellCheck={false}
        required
      />
      <p className="failure" role="alert">
        {failure}
      </p>
      <button type="submit" className="primary">
        Sign in
      </button>
    </form>
  );
}
