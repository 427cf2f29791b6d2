/** The chat of a guest: the older messages of `/login` tokens, one room at a time. */
import { addLine, chatView, freshRoom } from "./chat-view.ts";

interface Said {
  readonly message: string;
  readonly from: string;
  readonly from_id: string;
  readonly sent: string;
  readonly room: string;
}

const PAUSE_MS = 2_000;

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
  readonly view = chatView();
  readonly #address: string;
  readonly #id: string;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  /** What was sent without a connection. */
  #unsent: string[] = [];

  constructor(address: string, id: string) {
    this.#address = address;
    this.#id = id;
  }

  connect(): void {
    this.view.set({ link: "connecting" });
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      if (this.#state.room !== "0") this.#say("change_room", { name: this.#state.room });
      for (const message of this.#unsent.splice(0)) this.#say("send_message", { message });
      this.view.set({ link: "open" });
    });
    socket.addEventListener("message", ({ data }) => {
      const { type, payload } = JSON.parse(String(data)) as { type: string; payload: Said };
      if (type === "new_message") this.#heard(payload);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      const missed = this.#state.lines.length > 0;
      this.view.set({ link: "waiting", ...(missed ? { gap: true } : {}) });
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
    if (room === this.#state.room) return;
    this.#unsent = [];
    this.view.set(freshRoom(room));
    this.#say("change_room", { name: room });
  }

  send(message: string): void {
    if (this.#state.link === "open") this.#say("send_message", { message });
    else this.#unsent.push(message);
  }

  /** Others cannot be shown that a guest is writing. */
  writing(): void {}

  get #state() {
    return this.view.current();
  }

  #heard({ message: text, from: name, from_id: from, sent, room }: Said): void {
    if (room !== this.#state.room) return;
    this.#count += 1;
    const at = Date.parse(sent);
    const line = { id: String(this.#count), from, name, text, at, own: from === this.#id };
    addLine(this.view, line);
  }

  #say(type: string, payload: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type, payload }));
    }
  }
}
