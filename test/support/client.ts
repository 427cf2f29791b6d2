/** A client as existing ones are: it sends frames and waits for frames, and never sleeps. */
import { exports } from "cloudflare:workers";
import { signToken, type Claims } from "./tokens.ts";

/** A message as received. */
export interface Received {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  /** Of an `ack`, whose fields stand at top level. */
  readonly ref_type?: string;
}

/** How a socket was closed. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** One socket of one user. */
export class Client {
  readonly user: string;
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** What a client that resumes was told on connecting. */
  welcome: Received["payload"] = {};
  readonly #received: Received[] = [];
  #waiting: (() => void)[] = [];
  #probes = 0;

  constructor(user: string, socket: WebSocket) {
    this.user = user;
    this.socket = socket;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") return;
      const message = JSON.parse(String(data)) as Received;
      if (message.type === "welcome") {
        this.welcome = message.payload;
        return;
      }
      this.#received.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        resolve({ code, reason });
      });
    });
  }

  /** Sends a request. */
  send(type: string, payload: Readonly<Record<string, unknown>> = {}, more: object = {}): void {
    this.socket.send(JSON.stringify({ type, payload, ...more }));
  }

  /** Sends a frame as it is. */
  raw(frame: string | ArrayBuffer): void {
    this.socket.send(frame);
  }

  /** The payload of the next message, which must be of that type. */
  async next(type: string): Promise<Received["payload"]> {
    return (await this.nextMessage(type)).payload;
  }

  /** The next message, whole; of that type if one is given. */
  async nextMessage(type?: string): Promise<Received> {
    const message = await this.#shift();
    if (type !== undefined && message.type !== type) {
      throw new Error(`${this.user} expected ${type} but got ${JSON.stringify(message)}`);
    }
    return message;
  }

  /** The next message, which must be the ring of a call; returns the call's id. */
  async rung(): Promise<string> {
    return String((await this.next("call.ring"))["session_id"]);
  }

  /**
   * Waits until everything sent so far has been handled, and returns what came until then. The error
   * of a request that no service knows marks the end, since answers keep the order of requests.
   */
  async settled(): Promise<Received[]> {
    this.#probes += 1;
    const ref = `probe-${this.#probes}`;
    this.send("test.probe", {}, { ref });
    const before: Received[] = [];
    for (;;) {
      const message = await this.#shift();
      if (message.ref === ref) return before;
      before.push(message);
    }
  }

  /** Closes the socket as a client does. */
  close(code?: number, reason?: string): void {
    this.socket.close(code, reason);
  }

  /** Loses the socket in a way that does not say goodbye, and waits until the service knows. */
  async lose(): Promise<void> {
    this.close(4000);
    await this.closed;
  }

  async #shift(): Promise<Received> {
    for (;;) {
      const message = this.#received.shift();
      if (message) return message;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** What a request to the Worker may say. */
export interface Init {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request to the Worker. Each comes from an address of its own, unless `headers` say. */
export function request(path: string, init: Init = {}) {
  const worker = (exports as unknown as { readonly default: Fetcher }).default;
  const headers = { "cf-connecting-ip": crypto.randomUUID(), ...init.headers };
  return worker.fetch(`https://edgering.test${path}`, { ...init, headers });
}

/** Asks for a socket and returns the response, whatever it is. */
export function upgrade(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return request(`/ws?${query}`, { headers: { upgrade: "websocket", ...headers } });
}

/** Connects a development user. `more`: further parameters of the address. */
export async function connect(user: string, more = ""): Promise<Client> {
  return clientOf(user, await upgrade(`user_id=${encodeURIComponent(user)}&${more}`));
}

/** Connects a user by a token with these claims, which is good for an hour unless they say otherwise. */
export async function connectAs(user: string, claims: Claims, more = ""): Promise<Client> {
  return clientOf(user, await upgrade(`token=${await signToken(claims)}&${more}`));
}

function clientOf(user: string, response: Response): Client {
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  return new Client(user, response.webSocket);
}

/** Text as a binary frame. */
export function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(new TextEncoder().encode(text)).buffer;
}

/** A name nobody else uses: objects live on between tests. */
export function someone(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}
