import { useMemo, useState } from "react";
import { CallForm } from "../parts/call-form.tsx";
import { ConnectionPanel } from "../parts/connection-panel.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { ConnectionBadge } from "../parts/connection-badge.tsx";
import { NoticeBar } from "../parts/notice-bar.tsx";
import { OwnId } from "../parts/own-id.tsx";
import { PushSwitch } from "../parts/push-switch.tsx";
import type { Session } from "../session.ts";
import { tabs } from "../tabs.tsx";
import { readToken } from "../token.ts";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import type { UsedClient } from "../use-client.ts";

interface HomeProps {
  readonly session: Session;
  readonly used: UsedClient;
  readonly onSignOut: () => void;
}

/** The tab that is shown outlives a reload. */
const TAB = "edgering.tab";
const CALLS = "calls";

/** Signed in and in no call. */
export function Home({ session, used, onSignOut }: HomeProps) {
  const { client, state, notice, dismiss } = used;
  const heading = useArrivalFocus<HTMLHeadingElement>();
  const own = useMemo(() => readToken(session.token), [session.token]);
  const [tab, setTab] = useState(() => sessionStorage.getItem(TAB) ?? CALLS);
  const choose = (id: string) => {
    sessionStorage.setItem(TAB, id);
    setTab(id);
  };
  const shown = tabs.find(({ id }) => id === tab);
  const name = own?.name ?? own?.userId ?? "You";

  return (
    <main className="page page-narrow">
      <header className="who">
        <Avatar userId={own?.userId ?? name} name={name} image={own?.image} />
        <div className="who-text">
          <strong>{name}</strong>
          <ConnectionBadge state={state.connection} />
        </div>
        <button type="button" className="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <ConnectionPanel
        state={state.connection}
        onConnect={() => client.connect()}
        onSignOut={onSignOut}
      />
      {notice !== undefined && <NoticeBar notice={notice} onDismiss={dismiss} />}
      <div className="tabs" role="tablist" aria-label="What to do">
        {[{ id: CALLS, label: "Calls" }, ...tabs].map(({ id, label }) => (
          <button
            key={id}
            type="button"
            role="tab"
            className="quiet"
            aria-selected={id === (shown?.id ?? CALLS)}
            onClick={() => choose(id)}
          >
            {label}
          </button>
        ))}
      </div>
      {shown === undefined ? (
        <>
          <section className="card">
            <h1 ref={heading} tabIndex={-1}>
              Call someone
            </h1>
            <CallForm
              ready={state.connection === "open"}
              onCall={(userId, video) => void client.call(userId, { video })}
            />
          </section>
          {own !== undefined && <OwnId userId={own.userId} />}
          <PushSwitch session={session} />
        </>
      ) : (
        <shown.Panel session={session} />
      )}
    </main>
  );
}
