import { useEffect, useMemo, useState } from "react";
import { ownBrowser, PushRegistration, type PushState } from "../push.ts";
import { deviceLabel, type Session } from "../session.ts";

/** Lets calls ring while the page is closed, where browser and server can do that. */
export function PushSwitch({ session }: { readonly session: Session }) {
  const [state, setState] = useState<PushState>("none");
  const push = useMemo(() => {
    const browser = ownBrowser();
    return browser && new PushRegistration(session, deviceLabel(session.token), browser);
  }, [session]);

  useEffect(() => {
    let gone = false;
    void push?.begin().then((next) => {
      if (!gone) setState(next);
    });
    return () => {
      gone = true;
    };
  }, [push]);

  if (push === undefined || state === "none") return null;
  return (
    <p className="own-id">
      <span>{WORDS[state]}</span>
      {state === "off" && (
        <button type="button" className="quiet" onClick={() => void push.turnOn().then(setState)}>
          Turn on
        </button>
      )}
      {state === "on" && (
        <button type="button" className="quiet" onClick={() => void push.turnOff().then(setState)}>
          Turn off
        </button>
      )}
    </p>
  );
}

const WORDS = {
  on: "Calls ring also when this page is closed.",
  off: "Calls ring only while this page is open.",
  denied: "This browser blocks notifications, so calls ring only while this page is open.",
} as const;
