import {
  CallClient,
  type CallClientOptions,
  type CallEnd,
  type Environment,
  type Problem,
} from "../../../examples/web-client/src/edgering.ts";
import { Clock, settle } from "./clock.ts";
import { FakeConnection } from "./fake-connection.ts";
import { FakeDevices, FakeStream } from "./fake-media.ts";
import { FakeSocket, type Welcome } from "./fake-socket.ts";

type Answer = { status: number; body?: unknown };

/** One client in a made-up browser, and the test's hands on that browser. */
export class World {
  readonly clock = new Clock();
  readonly devices = new FakeDevices();
  readonly sockets: FakeSocket[] = [];
  readonly connections: FakeConnection[] = [];
  readonly requests: { url: string; headers: unknown }[] = [];
  readonly ended: CallEnd[] = [];
  readonly problems: Problem[] = [];
  readonly connectionStates: string[] = [];
  readonly client: CallClient;
  random = 0.5;
  online = true;
  permissions: Record<string, string> = {};
  /** Answers to HTTP requests by path; anything else fails like an unreachable host. */
  http: Record<string, Answer> = { "/ice-servers": { status: 404 }, "/ws": { status: 400 } };
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(options: Partial<CallClientOptions> = {}) {
    this.client = new CallClient({
      server: "https://calls.test",
      token: "jwt",
      device: "dev",
      environment: this.#browser(),
      ...options,
    });
    this.client.on("ended", (end) => this.ended.push(end));
    this.client.on("problem", (problem) => this.problems.push(problem));
    this.client.on("change", ({ connection }) => {
      if (this.connectionStates.at(-1) !== connection) this.connectionStates.push(connection);
    });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) ?? missing("socket");
  }

  get peer(): FakeConnection {
    return this.connections.at(-1) ?? missing("peer connection");
  }

  get phase(): string | undefined {
    return this.client.state.call?.phase;
  }

  sign(name: string): void {
    for (const run of Array.from(this.#listeners.get(name) ?? [])) run();
  }

  listeners(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** Connects, or lets the redial that is due happen, and opens the new socket. */
  async open(welcome?: Welcome): Promise<FakeSocket> {
    if (this.client.state.connection === "idle") this.client.connect();
    await settle();
    while (this.client.state.connection === "waiting") await this.clock.advance(50);
    this.socket.open(welcome);
    await settle();
    return this.socket;
  }

  #browser(): Environment {
    const { clock, sockets, connections } = this;
    return {
      WebSocket: class extends FakeSocket {
        constructor(url: string) {
          super(url);
          sockets.push(this);
        }
      },
      RTCPeerConnection: class extends FakeConnection {
        constructor(configuration: { iceServers: unknown[] }) {
          super(configuration);
          connections.push(this);
        }
      },
      MediaStream: FakeStream,
      mediaDevices: this.devices,
      permission: (name: string) => Promise.resolve(this.permissions[name] ?? "prompt"),
      fetch: (url: string, { headers }: RequestInit) => {
        this.requests.push({ url, headers });
        const answer = this.http[new URL(url).pathname];
        if (answer === undefined) return Promise.reject(new TypeError("Failed to fetch"));
        return Promise.resolve(Response.json(answer.body ?? null, { status: answer.status }));
      },
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
      random: () => this.random,
      now: () => clock.now,
      online: () => this.online,
      listen: (sign: string, run: () => void) => {
        const set = this.#listeners.get(sign) ?? new Set();
        this.#listeners.set(sign, set.add(run));
        return () => void set.delete(run);
      },
    } as unknown as Environment;
  }
}

const missing = (what: string): never => {
  throw new Error(`the client has made no ${what} yet`);
};
