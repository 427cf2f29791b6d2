/** The socket of the rooms: a device of its own, so that it never takes the place of the calls' socket. */

import type { LinkState } from "../channels/channel-client.ts";

/** A message of the service. */
export interface Message {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface RoomSocketSetup {
  /** The token is bound to a device, which the calls' socket needs: there will be no socket here. */
  readonly bound: boolean;
  readonly server: string;
  readonly token: string;
  readonly device: string;
  link(state: LinkState): void;
  opened(): void;
  received(message: Message): void;
}

const LONGEST_PAUSE_MS = 10_000;
const HEARTBEAT_MS = 25_000;
/** Closed for good: another tab took over, or the token has expired. */
const FINAL = new Set([4001, 4002]);

/** Keeps a socket open, with growing and jittered pauses between attempts. */
export class RoomSocket {
  readonly #setup: RoomSocketSetup;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #timer: number | undefined;
  #closed = false;

  constructor(setup: RoomSocketSetup) {
    this.#setup = setup;
    if (!setup.bound) this.#open();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(type: string, payload: object): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify({ type, payload }));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    const { server, token, device } = this.#setup;
    const query = new URLSearchParams({ token, device });
    this.#setup.link("connecting");
    const socket = new WebSocket(`${server.replace(/^http/, "ws")}/ws?${query}`);
    const heartbeat = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send("ping");
    }, HEARTBEAT_MS);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#setup.link("open");
      this.#setup.opened();
    };
    socket.onmessage = ({ data }) => {
      if (data !== "pong") this.#setup.received(JSON.parse(String(data)) as Message);
    };
    socket.onclose = ({ code }) => {
      clearInterval(heartbeat);
      if (this.#closed) return;
      this.#setup.link(FINAL.has(code) ? "refused" : "waiting");
      if (FINAL.has(code)) return;
      const longest = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#attempts);
      this.#attempts += 1;
      this.#timer = window.setTimeout(() => this.#open(), Math.random() * longest);
    };
  }
}
