/** The chat of a guest: the older messages of `/login` tokens, one room at a time. */
import type { LinkState } from "../channels/channel-client.ts";
import type { ChatState, Line } from "./chat-store.ts";

interface Said {
  readonly message: string;
  readonly from: string;
  readonly from_id: string;
  readonly sent: string;
  readonly room: string;
}

const PAUSE_MS = 2_000;
const MOST_LINES = 500;

/** Asks for a guest's token. Throws an Error whose message can be shown. */
export async function guestToken(server: string, username: string): Promise<string> {
  const response = await fetch(`${server}/login`, {
    method: "POST",
    body: JSON.stringify({ username }),
  }).catch(() => {
    throw new Error("The server cannot be reached. Check its address and your network.");
  });
  if (response.status === 429) throw new Error("Too many guests came at once. Wait a minute.");
  if (!response.ok) throw new Error((await response.text()).trim() || "That name cannot be used.");
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** A guest's chat. A guest is told nothing but messages: no members, no errors, nothing that was missed. */
export class GuestStore {
  readonly #address: string;
  readonly #id: string;
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  state: ChatState = {
    link: "connecting",
    room: "0",
    lines: [],
    members: [],
    typing: [],
    gap: false,
  };

  constructor(address: string, id: string) {
    this.#address = address;
    this.#id = id;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  readonly current = (): ChatState => this.state;

  connect(): void {
    this.#set({ link: "connecting" });
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      if (this.state.room !== "0") this.#say("change_room", { name: this.state.room });
      this.#set({ link: "open" });
    });
    socket.addEventListener("message", ({ data }) => {
      const { type, payload } = JSON.parse(String(data)) as { type: string; payload: Said };
      if (type === "new_message") this.#heard(payload);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      const missed = this.state.lines.length > 0;
      this.#set({ link: "waiting", ...(missed ? { gap: true } : {}) });
      this.#timer = setTimeout(() => this.connect(), PAUSE_MS);
    });
  }

  disconnect(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  enter(room: string): void {
    if (room === this.state.room) return;
    this.#set({ room, lines: [], gap: false });
    this.#say("change_room", { name: room });
  }

  send(message: string): void {
    this.#say("send_message", { message });
  }

  /** Others cannot be shown that a guest is writing. */
  writing(): void {}

  #heard({ message: text, from: name, from_id: from, sent, room }: Said): void {
    if (room !== this.state.room) return;
    this.#count += 1;
    const at = Date.parse(sent);
    const line: Line = { id: String(this.#count), from, name, text, at, own: from === this.#id };
    this.#set({ lines: [...this.state.lines, line].slice(-MOST_LINES) });
  }

  #say(type: string, payload: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type, payload }));
    }
  }

  #set(change: Partial<ChatState> & { readonly link?: LinkState }): void {
    this.state = { ...this.state, ...change };
    for (const changed of this.#listeners) changed();
  }
}
