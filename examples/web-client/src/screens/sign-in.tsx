import { useState } from "react";
import { GuestForm } from "../chat/guest-form.tsx";
import { Logo } from "../parts/logo.tsx";
import type { Session } from "../session.ts";
import { NameForm } from "./name-form.tsx";
import { TokenForm } from "./token-form.tsx";

interface SignInProps {
  readonly onSignIn: (session: Session) => void;
}

const WAYS = [
  { id: "name", label: "By name", form: NameForm },
  { id: "token", label: "With a token", form: TokenForm },
  { id: "guest", label: "As a guest", form: GuestForm },
] as const;

export function SignIn({ onSignIn }: SignInProps) {
  const [chosen, setChosen] = useState<string>("name");
  const Form = (WAYS.find(({ id }) => id === chosen) ?? WAYS[0]).form;

  return (
    <main className="page page-narrow">
      <header className="brand">
        <Logo />
        <h1>edgering</h1>
        <p>Sign in to call and be called.</p>
      </header>
      <section className="card" aria-label="Sign in">
        <fieldset className="segments">
          <legend className="unseen">How to sign in</legend>
          {WAYS.map(({ id, label }) => (
            <label key={id}>
              <input
                type="radio"
                name="way"
                value={id}
                checked={chosen === id}
                onChange={() => setChosen(id)}
              />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <Form onSignIn={onSignIn} />
      </section>
    </main>
  );
}
