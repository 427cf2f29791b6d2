import { useEffect, useState, type SyntheticEvent } from "react";
import { Field } from "../parts/field.tsx";
import { LinkBadge } from "../parts/link-badge.tsx";
import type { ChatStore } from "../chat/chat-store.ts";
import { useObserved } from "../use-observed.ts";
import type { ChannelFrame, Refusal } from "./channel-client.ts";

const MOST_FRAMES = 50;

interface Seen {
  readonly id: number;
  readonly type: string;
  readonly text: string;
}

/** A look into one channel: what comes, who is present, and where the history stands. */
export function Inspector({ chat }: { readonly chat: ChatStore }) {
  const { client } = chat;
  const { link } = useObserved(chat.view);
  const [typed, setTyped] = useState("lobby");
  const [channel, setChannel] = useState<string>();
  const [present, setPresent] = useState<readonly string[]>([]);
  const [offset, setOffset] = useState<number>();
  const [frames, setFrames] = useState<readonly Seen[]>([]);
  const [payload, setPayload] = useState("");
  const [refusal, setRefusal] = useState<string>();

  useEffect(() => {
    if (channel === undefined) return undefined;
    let count = 0;
    const take = (frame: ChannelFrame) => {
      count += 1;
      const { type, channel: _, ...rest } = frame;
      const seen = { id: count, type, text: JSON.stringify(rest) };
      setFrames((known) => [seen, ...known].slice(0, MOST_FRAMES));
      if (frame.offset !== undefined) setOffset(frame.offset);
      const { user_id: user = "", users = [] } = frame;
      if (type === "presence_sync") setPresent(users.map(({ user_id }) => user_id));
      else if (type === "presence_leave") setPresent((ids) => ids.filter((id) => id !== user));
      else if (type !== "broadcast") setPresent((ids) => [...new Set([...ids, user])]);
    };
    const refused = ({ type, message }: Refusal) =>
      setRefusal(`The server refuses ${type}: ${message}.`);
    client.follow(channel, { frame: take, refused }, {});
    return () => client.unfollow(channel);
  }, [client, channel]);

  const subscribe = (event: SyntheticEvent) => {
    event.preventDefault();
    setFrames([]);
    setRefusal(undefined);
    setPresent([]);
    setOffset(undefined);
    setChannel(typed.trim() === "" ? undefined : typed);
  };
  const publish = (event: SyntheticEvent) => {
    event.preventDefault();
    setRefusal(undefined);
    if (channel !== undefined) client.publish(channel, "inspected", parsed(payload));
  };

  return (
    <section className="card chat" aria-label="Channel inspector">
      <h1>{channel === undefined ? "Look into a channel" : `Channel ${channel}`}</h1>
      {link !== "open" && <LinkBadge state={link} />}
      <form className="chat-row" onSubmit={subscribe}>
        <Field label="Channel" value={typed} onChange={setTyped} maxLength={256} />
        <button type="submit" className="secondary">
          Subscribe
        </button>
      </form>
      <form className="chat-row" onSubmit={publish}>
        <Field label="Payload (JSON or text)" value={payload} onChange={setPayload} />
        <button type="submit" className="primary" disabled={channel === undefined}>
          Publish
        </button>
      </form>
      <p className="failure" role="alert">
        {refusal}
      </p>
      <p className="hint">
        {channel === undefined
          ? "Subscribe to see what comes, and who is present."
          : `Offset ${offset ?? "unknown"}. Present: ${present.join(", ") || "nobody"}.`}
      </p>
      <ol className="chat-lines" aria-label="Frames">
        {frames.map(({ id, type, text }) => (
          <li key={id} className="frame">
            <strong>{type}</strong>
            <code>{text}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** JSON if it is some, else the text itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
