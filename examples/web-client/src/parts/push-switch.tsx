import { useEffect, useMemo, useState } from "react";
import { ownBrowser, PushRegistration, type PushState } from "../push.ts";
import { deviceLabel, type Session } from "../session.ts";

/** Lets calls ring while the page is closed, where browser and server can do that. */
export function PushSwitch({ session }: { readonly session: Session }) {
  const [state, setState] = useState<PushState>("none");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
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
  const turn = async (on: boolean) => {
    setBusy(true);
    const next = await (on ? push.turnOn() : push.turnOff());
    setState(next);
    setFailed(on && next === "off" && push.isAllowed);
    setBusy(false);
  };
  return (
    <div className="own-id">
      <span role="status">{failed ? FAILED : WORDS[state]}</span>
      {state !== "denied" && (
        <button
          type="button"
          className="secondary"
          disabled={busy}
          onClick={() => void turn(state === "off")}
        >
          {state === "off" ? "Turn on notifications" : "Turn off notifications"}
        </button>
      )}
    </div>
  );
}

const WORDS = {
  on: "Calls ring also when this page is closed.",
  off: "Calls ring only while this page is open.",
  denied:
    "This browser blocks notifications, so calls ring only while this page is open. Allow them in the browser’s site settings.",
} as const;

const FAILED =
  "Notifications could not be turned on: this browser does not reach its push service. Check the network, then try again.";
