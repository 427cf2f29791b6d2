import { useMemo, useState } from "react";
import type { ChatStore } from "../chat/chat-store.ts";
import { CallForm } from "../parts/call-form.tsx";
import { ConnectionPanel } from "../parts/connection-panel.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { ConnectionBadge } from "../parts/connection-badge.tsx";
import { NoticeBar } from "../parts/notice-bar.tsx";
import { OwnId } from "../parts/own-id.tsx";
import { PushSwitch } from "../parts/push-switch.tsx";
import { TabBar } from "../parts/tab-bar.tsx";
import type { Session } from "../session.ts";
import { tabs } from "../tabs.tsx";
import { readToken } from "../token.ts";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import type { UsedClient } from "../use-client.ts";

interface HomeProps {
  readonly session: Session;
  readonly used: UsedClient;
  readonly chat: ChatStore;
  readonly onSignOut: () => void;
}

/** The tab that is shown outlives a reload. */
const TAB = "edgering.tab";
const CALLS = "calls";

/** Signed in and in no call. */
export function Home({ session, used, chat, onSignOut }: HomeProps) {
  const { client, state, notice, dismiss } = used;
  const heading = useArrivalFocus<HTMLHeadingElement>();
  const own = useMemo(() => readToken(session.token), [session.token]);
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(TAB) ?? CALLS);
  const choose = (id: string) => {
    sessionStorage.setItem(TAB, id);
    setChosen(id);
  };
  const tab = tabs.find(({ id }) => id === chosen) ?? tabs[0];
  const name = own?.name ?? own?.userId ?? "You";
  const calls = (
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
      <PushSwitch session={session} />
    </>
  );

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
      <TabBar chosen={tab?.id ?? CALLS} onChoose={choose} />
      {tab?.show({ calls, chat, session })}
      {own !== undefined && <OwnId userId={own.userId} />}
    </main>
  );
}
