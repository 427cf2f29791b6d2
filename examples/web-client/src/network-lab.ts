/**
 * A WebSocket that can be made bad on purpose, to watch how the client gets along. It is handed to
 * the client in place of the browser's; the client knows nothing of it.
 */

import { Observed } from "./observed.ts";

/** What goes through the socket, as far as the panel shows it. */
export interface LabState {
  /** Milliseconds that frames are held up, in the order in which they came. */
  readonly outgoing: number;
  readonly incoming: number;
  /** Whether new sockets fail at present. */
  readonly blocked: boolean;
  readonly epoch: string | undefined;
  /** Number of the last event. */
  readonly seq: number | undefined;
  /** Whether the last welcome said so. */
  readonly resumed: boolean | undefined;
  /** The latest frames, newest last: `→ call.end`, `← call.ended #7`. */
  readonly log: readonly string[];
}

const LOGGED = 12;
/** What the client hears of a cut, and what the service does: no code would mean a caller gives up. */
const LOST = { client: 1006, service: 4999 } as const;

interface Frame {
  readonly type?: unknown;
  readonly seq?: unknown;
  readonly payload?: { readonly epoch?: string; readonly seq?: number; readonly resumed?: boolean };
}

const parse = (data: unknown): Frame => {
  try {
    return JSON.parse(String(data)) as Frame;
  } catch {
    return { type: String(data) };
  }
};

/** Runs each task a while after it was added, never before the ones added earlier. */
const createLine = () => {
  let last = 0;
  return (milliseconds: number, run: () => void): void => {
    const now = Date.now();
    last = Math.max(last, now + milliseconds);
    if (last <= now) run();
    else setTimeout(run, last - now);
  };
};

export type NetworkLab = ReturnType<typeof createNetworkLab>;

/** Wraps a WebSocket class. All sockets made from the result share the lab's settings. */
export const createNetworkLab = (Real: typeof WebSocket) => {
  const sockets = new Set<{ lose(): void }>();
  const unknown = { epoch: undefined, seq: undefined, resumed: undefined };
  const settings = { outgoing: 0, incoming: 0, blocked: false };
  const view = new Observed<LabState>({ ...settings, log: [], ...unknown });
  const note = (line: string) => view.set({ log: [...view.current().log, line].slice(1 - LOGGED) });

  const saw = (data: unknown) => {
    const { type, seq, payload } = parse(data);
    if (type === "pong") return;
    if (type === "welcome") {
      const { epoch, resumed } = payload ?? {};
      view.set({ epoch, resumed, seq: resumed === true ? view.current().seq : payload?.seq });
    }
    if (typeof seq === "number") view.set({ seq });
    note(`← ${String(type)}${typeof seq === "number" ? ` #${seq}` : ""}`);
  };

  class LabSocket extends EventTarget {
    readonly #real: WebSocket | undefined;
    readonly #out = createLine();
    readonly #in = createLine();
    #lost = false;

    constructor(url: string) {
      super();
      sockets.add(this);
      if (view.current().blocked) {
        setTimeout(() => this.lose());
        return;
      }
      const real = new Real(url);
      this.#real = real;
      real.addEventListener("open", () => this.#tell(new Event("open")));
      real.addEventListener("message", ({ data }: MessageEvent<unknown>) =>
        this.#in(view.current().incoming, () => {
          if (this.#lost) return;
          saw(data);
          this.#tell(new MessageEvent("message", { data }));
        }),
      );
      // After what is still held up.
      real.addEventListener("close", ({ code }) => this.#in(0, () => this.lose(code)));
    }

    get readyState(): number {
      return this.#lost ? 3 : (this.#real?.readyState ?? 0);
    }

    send(data: string): void {
      if (data !== "ping") note(`→ ${String(parse(data).type)}`);
      this.#out(view.current().outgoing, () => {
        if (!this.#lost && this.#real?.readyState === 1) this.#real.send(data);
      });
    }

    close(code?: number): void {
      this.#out(0, () => this.#real?.close(code));
    }

    /** The socket is gone: nothing passes any more, and the client is told. */
    lose(code: number = LOST.client): void {
      if (this.#lost) return;
      this.#tell(Object.assign(new Event("close"), { code }));
      this.#lost = true;
      sockets.delete(this);
      note(`× closed ${code}`);
      this.#real?.close(LOST.service);
    }

    #tell(event: Event): void {
      if (!this.#lost) this.dispatchEvent(event);
    }
  }

  /** Breaks every socket. */
  const cut = () => {
    for (const socket of Array.from(sockets)) socket.lose();
  };

  return {
    WebSocket: LabSocket as unknown as typeof WebSocket,
    view,
    delay: (change: Partial<Pick<LabState, "outgoing" | "incoming">>) => view.set(change),
    cut,
    /** Breaks every socket and lets none through for so many milliseconds. */
    block: (milliseconds: number) => {
      view.set({ blocked: true });
      cut();
      setTimeout(() => view.set({ blocked: false }), milliseconds);
    },
  };
};
