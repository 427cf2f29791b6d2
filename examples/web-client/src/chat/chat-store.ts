/** Chat rooms of a signed-in user: each is the channel `chat:<room>`, its members are who is present. */
import { ChannelClient, type ChannelFrame, type Refusal } from "../channels/channel-client.ts";
import { addLine, chatView, freshRoom } from "./chat-view.ts";

const TYPING_MS = 3_000;

const channelOf = (room: string) => `chat:${room}`;

/** A chat that outlives the tab it is shown in. */
export class ChatStore {
  readonly view = chatView();
  readonly client: ChannelClient;
  readonly #user: string;
  readonly #name: string;
  #typing = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, user: string, name: string) {
    this.#user = user;
    this.#name = name;
    this.client = new ChannelClient(address, (link) => this.view.set({ link }));
  }

  connect(): void {
    this.client.connect();
    this.#follow(this.#state.room);
  }

  /** Says that there will be no connection. */
  refuse(): void {
    this.view.set({ link: "refused" });
  }

  disconnect(): void {
    clearTimeout(this.#pause);
    this.client.disconnect();
  }

  /** Leaves the room and enters another one. */
  enter(room: string): void {
    if (room === this.#state.room) return;
    this.client.unfollow(channelOf(this.#state.room));
    this.view.set(freshRoom(room));
    this.#follow(room);
  }

  send(text: string): void {
    const { room } = this.#state;
    const id = [...crypto.getRandomValues(new Uint32Array(3))].join("-");
    const [from, name] = [this.#user, this.#name];
    const ref = this.client.publish(channelOf(room), "message", { id, text, name });
    addLine(this.view, { id, from, name, text, at: Date.now(), own: true, pending: true, ref });
    this.#show(false);
  }

  /** The user is writing: shown to the others until a pause. */
  writing(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#show(false), TYPING_MS);
    this.#show(true);
  }

  get #state() {
    return this.view.current();
  }

  #show(typing: boolean): void {
    if (typing === this.#typing) return;
    this.#typing = typing;
    this.client.show(channelOf(this.#state.room), { name: this.#name, typing });
  }

  #follow(room: string): void {
    const members = new Map<string, { name: string; typing: boolean }>();
    const show = () =>
      this.view.set({
        members: [...members].map(([id, { name }]) => ({ id, name })),
        typing: [...members].flatMap(([id, { name, typing }]) =>
          typing && id !== this.#user ? [name] : [],
        ),
      });
    const seen = (id: string, meta: ChannelFrame["meta"] | null) =>
      members.set(id, { name: textOf(meta?.["name"]) ?? id, typing: meta?.["typing"] === true });
    this.client.follow(
      channelOf(room),
      {
        gap: () => this.view.set({ gap: true }),
        refused: (refusal) => this.#refused(refusal),
        frame: (frame) => {
          const { type, user_id: user = "", users = [] } = frame;
          if (type === "broadcast") return this.#heard(frame);
          if (type === "presence_sync") {
            members.clear();
            for (const each of users) seen(each.user_id, each.meta);
          } else if (type === "presence_leave") members.delete(user);
          else seen(user, frame.meta);
          show();
        },
      },
      { name: this.#name },
    );
  }

  #refused({ type, ref, message }: Refusal): void {
    if (type === "subscribe") this.view.set({ refusal: message });
    const lines = this.#state.lines.map((line) =>
      line.ref !== undefined && line.ref === ref
        ? { ...line, pending: false, refusal: message }
        : line,
    );
    this.view.set({ lines });
  }

  #heard({ payload, user_id: from = "", ts: at = Date.now() }: ChannelFrame): void {
    const { id, text, name } = (payload ?? {}) as Record<string, unknown>;
    const said = textOf(text);
    if (said === undefined) return;
    const own = from === this.#user;
    const line = {
      id: `${from} ${textOf(id) ?? at}`,
      from,
      name: textOf(name) ?? from,
      text: said,
      at,
      own,
    };
    // The echo of an own line takes its place; a line that was sent twice is shown once.
    const waiting = own ? this.#state.lines.findIndex((known) => known.id === textOf(id)) : -1;
    if (waiting >= 0) this.view.set({ lines: this.#state.lines.toSpliced(waiting, 1, line) });
    else if (!this.#state.lines.some((known) => known.id === line.id)) addLine(this.view, line);
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
