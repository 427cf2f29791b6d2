import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { Field } from "../parts/field.tsx";
import { LinkBadge } from "../parts/link-badge.tsx";
import type { Observed } from "../observed.ts";
import { useObserved } from "../use-observed.ts";
import type { ChatState, Line } from "./chat-view.ts";

/** What a room needs of a chat, be it a user's or a guest's. */
export interface Chat {
  readonly view: Observed<ChatState>;
  enter(room: string): void;
  send(text: string): void;
  writing(): void;
}

/** One chat room: its lines, who is there, and a field to write in. */
export function ChatRoom({ chat, members }: { readonly chat: Chat; readonly members: boolean }) {
  const state = useObserved(chat.view);
  const end = useRef<HTMLDivElement>(null);

  const count = state.lines.length;
  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);

  return (
    <section className="card chat" aria-label="Chat">
      <h1>Room {state.room}</h1>
      <RoomForm room={state.room} onEnter={(room) => chat.enter(room)} />
      {(!members || state.link !== "open") && <LinkBadge state={state.link} />}
      {members && (
        <ul className="chat-members" aria-label="Here now">
          {state.members.map(({ id, name }) => (
            <li key={id}>{name}</li>
          ))}
        </ul>
      )}
      {state.refusal !== undefined && (
        <p className="failure" role="alert">
          You cannot read this room. The server says: {state.refusal}. Enter another one.
        </p>
      )}
      {state.gap && <p className="hint">Some messages of the time you were away are gone.</p>}
      <div className="chat-lines" role="log" aria-label="Messages">
        {count === 0 && <p className="hint">No messages yet.</p>}
        {state.lines.map((line) => (
          <ChatLine key={line.id} line={line} />
        ))}
        <div ref={end} />
      </div>
      <p className="hint chat-typing">{typingWords(state.typing)}</p>
      <MessageForm onSend={(text) => chat.send(text)} onWriting={() => chat.writing()} />
    </section>
  );
}

function ChatLine({ line }: { readonly line: Line }) {
  return (
    <p className="chat-line" data-own={line.own} data-pending={line.pending === true}>
      <strong>{line.name}</strong>
      <span>{line.text}</span>
      {line.refusal !== undefined && (
        <span className="failure">Not sent. The server says: {line.refusal}.</span>
      )}
      <time dateTime={new Date(line.at).toISOString()}>
        {new Date(line.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
      </time>
    </p>
  );
}

function RoomForm({
  room,
  onEnter,
}: {
  readonly room: string;
  readonly onEnter: (room: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const name = typed.trim();
    if (name === "" || name === room) return;
    onEnter(name);
    setTyped("");
  };
  return (
    <form className="chat-row" onSubmit={submit}>
      <Field
        label="Another room"
        value={typed}
        onChange={setTyped}
        maxLength={64}
        spellCheck={false}
      />
      <button type="submit" className="secondary">
        Enter room
      </button>
    </form>
  );
}

function MessageForm({
  onSend,
  onWriting,
}: {
  readonly onSend: (text: string) => void;
  readonly onWriting: () => void;
}) {
  const [text, setText] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    onSend(text);
    setText("");
  };
  const type = (next: string) => {
    setText(next);
    onWriting();
  };
  return (
    <form className="chat-row" onSubmit={submit}>
      <Field label="Message" value={text} onChange={type} autoComplete="off" />
      <button type="submit" className="primary">
        Send
      </button>
    </form>
  );
}

function typingWords(names: readonly string[]): string {
  if (names.length === 0) return "";
  return names.length === 1 ? `${names[0]} is writing…` : `${names.join(", ")} are writing…`;
}
