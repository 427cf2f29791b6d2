/** Socket.IO clients as frames: what goes over the wire, with nothing of a library in between. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished, vi } from "vitest";
import { mintAppToken } from "../../src/http/app-token.ts";
import { request, type Closed } from "./client.ts";

/** The secret of the Worker under test (vitest.config.ts). */
const SECRET = "test-secret";

/** A token of an app, as its backend would mint it. */
export const appToken = (app: string): Promise<string> =>
  mintAppToken(app, SECRET, Date.now() / 1_000);

/** A socket as it is. */
export class SioSocket {
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  readonly #id: string;
  readonly #frames: string[] = [];
  #waiting: (() => void)[] = [];
  #open = true;

  constructor(socket: WebSocket, id: string) {
    this.#socket = socket;
    this.#id = id;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      this.#frames.push(String(data));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        this.#open = false;
        resolve({ code, reason });
      });
    });
  }

  /** Id of the object behind it. */
  async id(): Promise<string> {
    return this.#id;
  }

  isOpen(): boolean {
    return this.#open;
  }

  send(frame: string | ArrayBuffer): void {
    this.#socket.send(frame);
  }

  /** Sends an event. */
  emit(name: string, data: unknown, ack?: number): void {
    this.send(`42${ack ?? ""}${JSON.stringify(data === undefined ? [name] : [name, data])}`);
  }

  /** The next frame. */
  async frame(): Promise<string> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next frame, which must be an event. */
  async event(): Promise<unknown[]> {
    const frame = await this.frame();
    if (!frame.startsWith("42[")) throw new Error(`expected an event, got ${frame}`);
    return JSON.parse(frame.slice(2)) as unknown[];
  }

  /** What came and was not taken. */
  rest(): readonly string[] {
    return this.#frames;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Opens a socket that has not introduced itself. */
export async function openSio(): Promise<SioSocket> {
  let id = "";
  const get = env.PEER.getByName.bind(env.PEER);
  const spy = vi.spyOn(env.PEER, "getByName").mockImplementation((name) => {
    id = name;
    return get(name);
  });
  const response = await request("/socket.io/?EIO=4&transport=websocket", {
    headers: { upgrade: "websocket" },
  });
  spy.mockRestore();
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  const socket = new SioSocket(response.webSocket, id);
  onTestFinished(() => {
    if (socket.isOpen()) socket.close();
  });
  return socket;
}

/** A peer of an app, with a session token. */
export async function connectSio(app: string, peerinfo?: unknown) {
  const socket = await openSio();
  await socket.frame();
  const appsToken = await appToken(app);
  socket.send(`40${JSON.stringify({ token: appsToken })}`);
  const { sid: id } = JSON.parse((await socket.frame()).slice(2)) as { sid: string };
  socket.emit("auth-request", { token: appsToken, peerinfo });
  const [, { token }] = (await socket.event()) as [string, { token: string }];
  const ask = (name: string, data: object, ack?: number) => {
    socket.emit(name, { auth: token, ...data }, ack);
  };
  return { socket, id, token, ask };
}

/** Runs the alarm of a peer's object, due or not. */
export function runPeerAlarm(id: string): Promise<boolean> {
  return runDurableObjectAlarm(env.PEER.getByName(id));
}
