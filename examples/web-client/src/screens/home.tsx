import { useMemo } from "react";
import { CallForm } from "../parts/call-form.tsx";
import { ConnectionPanel } from "../parts/connection-panel.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { ConnectionBadge } from "../parts/connection-badge.tsx";
import { NoticeBar } from "../parts/notice-bar.tsx";
import { OwnId } from "../parts/own-id.tsx";
import { PushSwitch } from "../parts/push-switch.tsx";
import type { Session } from "../session.ts";
import { readToken } from "../token.ts";
import { useArrivalFocus } from "../use-arrival-focus.ts";
import type { UsedClient } from "../use-client.ts";

interface HomeProps {
  readonly session: Session;
  readonly used: UsedClient;
  readonly onSignOut: () => void;
}

/** Signed in and in no call. */
export function Home({ session, used, onSignOut }: HomeProps) {
  const { client, state, notice, dismiss } = used;
  const heading = useArrivalFocus<HTMLHeadingElement>();
  const own = useMemo(() => readToken(session.token), [session.token]);
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
    </main>
  );
}
