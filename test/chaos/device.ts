/** A device in the chaos: it knows its calls by what it has heard, and writes everything down. */
import { connect, type Client } from "../support/client.ts";
import { ResumingClient } from "../support/resuming-client.ts";
import { dial } from "../support/resuming.ts";
import type { Journal } from "./journal.ts";

/** A call as the device sees it. */
export interface View {
  readonly role: "caller" | "callee";
  readonly state: "ringing" | "accepted";
}

interface Message {
  readonly type: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  readonly ref_type?: string;
}

/** How a message changes the view of a call; `false`: it is over. */
const views: Readonly<Record<string, (payload: Record<string, unknown>) => View | false>> = {
  "call.ring": () => ({ role: "callee", state: "ringing" }),
  "call.ringing": () => ({ role: "caller", state: "ringing" }),
  "call.accepted": () => ({ role: "caller", state: "accepted" }),
  "call.joined": () => ({ role: "callee", state: "accepted" }),
  "call.resumed": ({ role, state }) => ({ role, state }) as View,
  "call.ended": () => false,
  "call.rejected": () => false,
};

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** One device of one user; `resumes` says how it comes back after a loss. */
export class Device {
  readonly user: string;
  readonly label: string;
  readonly resumes: boolean;
  readonly calls = new Map<string, View>();
  isHere = false;
  readonly #journal: Journal;
  readonly #resuming: ResumingClient;
  readonly #asked = new Map<string, () => void>();
  #plain: Client | undefined;
  #refs = 0;
  #numbers = 0;
  #taken = 0;

  constructor(journal: Journal, user: string, label: string, resumes: boolean) {
    this.user = user;
    this.label = label;
    this.resumes = resumes;
    this.#journal = journal;
    this.#resuming = new ResumingClient(user, label, dial);
    this.#resuming.onEvent = () => {
      for (; this.#taken < this.#resuming.events.length; this.#taken += 1) {
        const event = this.#resuming.events[this.#taken];
        if (event) this.#hear(event);
      }
    };
    this.#resuming.onClose = () => {
      this.dropped("closed");
    };
  }

  get name(): string {
    return `${this.user}/${this.label}`;
  }

  /** Sends a request; resolves when it has its answer, for a plain device also when it never will. */
  send(type: string, payload: Record<string, unknown> = {}): Promise<void> {
    const session = text(payload["session_id"]);
    const detail = text(payload["candidate"]) ?? text(payload["callee_id"]);
    this.#refs += 1;
    // A resuming client counts its references by itself, in the same way.
    const ref = `${this.label}-${this.#refs}`;
    this.#note("sent", type, { session, detail, ref });
    if (this.resumes) return this.#resuming.request(type, payload).then(() => undefined);
    if (!this.isHere) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.set(ref, resolve);
      this.#plain?.send(type, payload, { ref });
    });
  }

  /** Sends the next candidate of its own numbers. */
  sendCandidate(session_id: string): void {
    this.#numbers += 1;
    void this.send("webrtc.ice", { session_id, candidate: String(this.#numbers) });
  }

  /** Connects, or comes back. */
  async connect(): Promise<void> {
    this.isHere = true;
    if (!this.resumes) {
      const client = await connect(this.user, `device=${this.label}`);
      this.#plain = client;
      this.#note("note", "connected");
      void this.#listen(client);
      void client.closed.then(() => {
        if (client === this.#plain) this.dropped("closed");
      });
      return;
    }
    await this.#resuming.connect();
    const { resumed, calls } = this.#resuming.welcomes.at(-1) ?? {};
    this.#note("note", resumed === true ? "resumed" : "began");
    const live = (calls ?? []) as (View & { session_id: string; here: boolean })[];
    const mine = live.filter(({ here }) => here);
    const known = new Map(this.calls);
    this.calls.clear();
    for (const { session_id, role, state } of mine) {
      this.calls.set(session_id, known.get(session_id) ?? { role, state });
    }
  }

  /** Loses its socket. `code`: what its close frame says, if it says anything. */
  lose(code?: number): void {
    const plain = this.#plain;
    this.dropped(`lost ${code ?? ""}`);
    if (this.resumes) this.#resuming.lose(code);
    else plain?.close(code);
  }

  /** Its socket is gone. */
  dropped(how: string): void {
    if (!this.isHere) return;
    this.isHere = false;
    this.#plain = undefined;
    if (this.resumes) this.#resuming.forget();
    this.#note("note", how);
    for (const resolve of this.#asked.values()) resolve();
    this.#asked.clear();
  }

  async #listen(client: Client): Promise<void> {
    for (;;) {
      const message = await client.nextMessage();
      if (client === this.#plain) this.#hear(message);
    }
  }

  #hear({ type, payload = {}, ref, ref_type }: Message): void {
    const session = text(payload["session_id"]);
    const named = ["reason", "code", "candidate"].map((key) => text(payload[key]));
    const exists = typeof payload["exists"] === "boolean" ? String(payload["exists"]) : undefined;
    this.#note("heard", type, {
      session,
      detail: ref_type ?? named.find((value) => value !== undefined) ?? exists,
      ref,
    });
    if (session !== undefined) {
      const view = views[type]?.(payload);
      const isRing = type === "call.ring" && this.calls.has(session);
      if (view && !isRing) this.calls.set(session, view);
      if (view === false || payload["code"] === "session_not_found" || exists === "false") {
        this.calls.delete(session);
      }
    }
    if (ref === undefined) return;
    this.#asked.get(ref)?.();
    this.#asked.delete(ref);
  }

  #note(
    way: "sent" | "heard" | "note",
    type: string,
    more: Record<string, string | undefined> = {},
  ) {
    const given = Object.entries(more).filter(([, value]) => value !== undefined);
    const { name: device, user } = this;
    this.#journal.add({ device, user, way, type, ...Object.fromEntries(given) });
  }
}
