import { useState } from "react";
import { ownBrowser, PushRegistration } from "./push.ts";
import {
  deviceLabel,
  forgetSession,
  rememberSession,
  restoreSession,
  type Session,
} from "./session.ts";
import { closeRooms } from "./rooms/room-client-of.ts";
import { SignIn } from "./screens/sign-in.tsx";
import { GuestPage } from "./chat/guest-page.tsx";
import { readToken } from "./token.ts";
import { SignedIn } from "./screens/signed-in.tsx";

/** Signed in or not: all else is decided further in. */
export function App() {
  const [session, setSession] = useState<Session | undefined>(restoreSession);

  const signIn = (next: Session) => {
    rememberSession(next);
    setSession(next);
  };
  const signOut = () => {
    const browser = ownBrowser();
    if (session !== undefined && browser !== undefined)
      void new PushRegistration(session, deviceLabel(session.token), browser).leave();
    closeRooms();
    forgetSession();
    setSession(undefined);
  };

  if (session === undefined) return <SignIn onSignIn={signIn} />;
  const { userId = "" } = readToken(session.token) ?? {};
  if (userId.startsWith("guest:")) {
    return <GuestPage session={session} userId={userId} onSignOut={signOut} />;
  }
  return <SignedIn key={session.token} session={session} onSignOut={signOut} />;
}
