/** A device in rooms: it acts by its own view of them. */
import { Device } from "../ground/device.ts";
import type { Journal, Line } from "../ground/journal.ts";
import { View } from "./view.ts";

/** One device of one user. What it signals carries a number of its own. */
export class Member {
  readonly device: Device;
  readonly view: View;
  /** What must not have happened in its view, with the line of the journal. */
  readonly wrong: { readonly what: string; readonly line: Line | undefined }[] = [];
  readonly #journal: Journal;
  #count = 0;
  #lives = 0;

  constructor(journal: Journal, user: string, label: string, resumes: boolean) {
    this.#journal = journal;
    this.view = new View(resumes);
    this.device = new Device(journal, user, label, resumes);
    this.device.onNote = (what) => {
      if (what === "began" || what === "connected") this.#lives += 1;
      this.view.noted(what);
    };
    this.device.onFrame = (frame) => {
      const line = this.#journal.lines.at(-1);
      for (const what of this.view.heard(frame)) {
        this.wrong.push({ what: `${this.name} ${what}`, line });
      }
    };
  }

  get user(): string {
    return this.device.user;
  }

  get name(): string {
    return this.device.name;
  }

  get isHere(): boolean {
    return this.device.isHere;
  }

  ask(type: string, payload: Readonly<Record<string, unknown>>): void {
    void this.device.ask(type, { payload });
    const { frame } = this.#journal.lines.at(-1) ?? {};
    if (frame) this.view.sent(frame);
  }

  /** Sends its next candidate to another member. */
  signal(room: string, to: string): void {
    this.#count += 1;
    const candidate = { candidate: `${this.name}#${this.#lives}#${this.#count}` };
    this.ask("room.signal", { room, to, candidate });
  }

  /** Comes back, and asks again where it does not know whether it is still in. */
  async connect(): Promise<void> {
    await this.device.connect();
    this.askAgain();
  }

  /** Asks to join the rooms that it may be in without knowing. */
  askAgain(): void {
    for (const [room, { sure, asked = false, state }] of this.view.parts) {
      if (!sure && !asked && state !== "leaving") this.ask("room.join", { room });
    }
  }
}
