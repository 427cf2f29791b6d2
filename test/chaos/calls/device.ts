/** A device in the chaos of calls: it knows its calls by what it has heard, and writes everything down. */
import { Link, type Frame } from "../ground/link.ts";
import type { Journal } from "./journal.ts";

/** A call as the device sees it. */
export interface View {
  readonly role: "caller" | "callee";
  readonly state: "ringing" | "accepted";
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

/** One device of one user. */
export class Device {
  readonly calls = new Map<string, View>();
  readonly #journal: Journal;
  readonly #link: Link;
  #numbers = 0;

  constructor(journal: Journal, user: string, label: string, resumes: boolean) {
    this.#journal = journal;
    this.#link = new Link(user, label, resumes, {
      heard: (frame) => {
        this.#hear(frame);
      },
      noted: (what) => {
        this.#note("note", what);
      },
    });
  }

  get user(): string {
    return this.#link.user;
  }

  get name(): string {
    return this.#link.name;
  }

  get isHere(): boolean {
    return this.#link.isHere;
  }

  /** Sends a request; resolves when it has its answer, for a plain device also when it never will. */
  send(type: string, payload: Record<string, unknown> = {}): Promise<void> {
    const session = text(payload["session_id"]);
    const detail = text(payload["candidate"]) ?? text(payload["callee_id"]);
    const { ref, answered } = this.#link.ask(type, { payload });
    this.#note("sent", type, { session, detail, ref });
    return answered;
  }

  /** Waits until the service has handled what was sent before, or the socket is lost. */
  settled(): Promise<void> {
    return this.#link.settled();
  }

  /** Sends the next candidate of its own numbers. */
  sendCandidate(session_id: string): void {
    this.#numbers += 1;
    void this.send("webrtc.ice", { session_id, candidate: String(this.#numbers) });
  }

  /** Connects, or comes back. */
  async connect(): Promise<void> {
    const { calls } = await this.#link.connect();
    if (!this.#link.resumes) return;
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
    this.#link.lose(code);
  }

  /** Its socket is gone. */
  dropped(how: string): void {
    this.#link.dropped(how);
  }

  #hear({ type, payload = {}, ref, ref_type }: Frame): void {
    const session = text(payload["session_id"]);
    const named = ["reason", "code", "candidate"].map((key) => text(payload[key]));
    const exists = typeof payload["exists"] === "boolean" ? String(payload["exists"]) : undefined;
    this.#note("heard", type, {
      session,
      detail: ref_type ?? named.find((value) => value !== undefined) ?? exists,
      ref,
    });
    if (session === undefined) return;
    const view = views[type]?.(payload);
    const isRing = type === "call.ring" && this.calls.has(session);
    if (view && !isRing) this.calls.set(session, view);
    if (view === false || payload["code"] === "session_not_found" || exists === "false") {
      this.calls.delete(session);
    }
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
