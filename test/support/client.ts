/** A client as existing ones are: it sends frames and waits for frames, and never sleeps. */
import { env, exports } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { User } from "../../src/durable/user.ts";

/** A message as received. */
export interface Received {
  readonly type: string;
  readonly payload: Record<string, any>;
  readonly ref?: string;
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
  readonly #received: Received[] = [];
  #waiting: (() => void)[] = [];
  #probes = 0;

  constructor(user: string, socket: WebSocket) {
    this.user = user;
    this.socket = socket;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") return;
      this.#received.push(JSON.parse(String(data)) as Received);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        resolve({ code, reason });
      });
    });
  }

  /** Sends a request. */
  send(type: string, payload: Record<string, unknown> = {}, more: Record<string, unknown> = {}): void {
    this.socket.send(JSON.stringify({ type, payload, ...more }));
  }

  /** Sends a frame as it is. */
  raw(frame: string | ArrayBuffer): void {
    this.socket.send(frame);
  }

  /** The next message, which must be of that type. */
  async next(type: string): Promise<Received["payload"]> {
    return (await this.nextMessage(type)).payload;
  }

  /** The next message, whole. */
  async nextMessage(type: string): Promise<Received> {
    const message = await this.#shift();
    if (message.type !== type) {
      throw new Error(`${this.user} expected ${type} but got ${JSON.stringify(message)}`);
    }
    return message;
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

  async #shift(): Promise<Received> {
    for (;;) {
      const message = this.#received.shift();
      if (message) return message;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Asks for a socket and returns the response, whatever it is. */
export function upgrade(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`https://edgering.test/ws?${query}`, {
    headers: { upgrade: "websocket", ...headers },
  });
}

/** Connects a development user. `more`: further parameters of the address. */
export async function connect(user: string, more = ""): Promise<Client> {
  const response = await upgrade(`user_id=${encodeURIComponent(user)}${more && `&${more}`}`);
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  return new Client(user, response.webSocket);
}

/** A name nobody else uses: objects live on between tests of a file. */
export function someone(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Stub of a user's object. */
export function objectOf(user: string): DurableObjectStub<User> {
  return env.USER.getByName(user) as unknown as DurableObjectStub<User>;
}

/** Runs the alarm of a user's object, if it has one. */
export function runAlarm(user: string): Promise<boolean> {
  return runDurableObjectAlarm(objectOf(user));
}

/** Waits until a user's object owes nobody anything: peers are told, the store is told. */
export async function paid(user: string): Promise<void> {
  const owes = () =>
    runInDurableObject(objectOf(user), (_, state) => [...state.storage.kv.list({ prefix: "closing:" })].length);
  while ((await owes()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A call that has been placed and rings: caller, callee and its id. */
export async function ringing(more: { caller?: string; callee?: string; start?: object } = {}) {
  const caller = await connect(someone("caller"), more.caller);
  const callee = await connect(someone("callee"), more.callee);
  caller.send("call.start", { callee_id: callee.user, ...more.start });
  const { session_id: session } = (await callee.next("call.ring")) as { session_id: string };
  await caller.next("call.ringing");
  return { caller, callee, session };
}

/** A call that has been accepted. */
export async function established(more: Parameters<typeof ringing>[0] = {}) {
  const call = await ringing(more);
  call.callee.send("call.accept", { session_id: call.session });
  await call.caller.next("call.accepted");
  return call;
}
