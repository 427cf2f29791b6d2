/** A device that writes down all that it sends and hears. */
import type { Journal } from "./journal.ts";
import { Link, type Frame } from "./link.ts";

/** One device of one user. */
export class Device {
  /** Told of each frame after it has been written down. */
  onFrame: (frame: Frame) => void = () => {};
  /** Told when it goes on (`resumed`), starts over (`began`, `connected`), or has lost its socket. */
  onNote: (what: string) => void = () => {};
  readonly #journal: Journal;
  readonly #link: Link;

  constructor(journal: Journal, user: string, label: string, resumes: boolean) {
    this.#journal = journal;
    this.#link = new Link(user, label, resumes, {
      heard: (frame) => {
        this.#write("heard", frame);
        this.onFrame(frame);
      },
      noted: (what) => {
        this.#write("note", { type: what });
        this.onNote(what);
      },
      startsOver: () => true,
    });
  }

  get user(): string {
    return this.#link.user;
  }

  get name(): string {
    return this.#link.name;
  }

  get resumes(): boolean {
    return this.#link.resumes;
  }

  get isHere(): boolean {
    return this.#link.isHere;
  }

  /** Whether a request has no answer yet. */
  get waits(): boolean {
    return this.#link.waits;
  }

  /** Sends a request; resolves when it has its answer, or never will. */
  ask(type: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { ref, answered } = this.#link.ask(type, fields);
    this.#write("sent", { type, ...fields, ref });
    return answered;
  }

  /** Sends a request without a reference, as existing clients do; one that resumes has none such. */
  tell(type: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.resumes) {
      void this.ask(type, fields);
      return;
    }
    this.#write("sent", { type, ...fields });
    this.#link.tell(type, fields);
  }

  /** Waits until the service has handled what was sent before, or the socket is lost. */
  settled(): Promise<void> {
    return this.#link.settled();
  }

  /** Connects, or comes back. Returns whether it goes on with what it had. */
  async connect(): Promise<boolean> {
    if (this.isHere) return true;
    return (await this.#link.connect())["resumed"] === true;
  }

  /** Loses its socket. `code`: what its close frame says, if it says anything. */
  lose(code?: number): void {
    this.#link.lose(code);
  }

  /** Its socket is gone without a word. */
  dropped(how: string): void {
    this.#link.dropped(how);
  }

  #write(way: "sent" | "heard" | "note", frame: Frame): void {
    const { name: device, user } = this;
    this.#journal.add({ device, user, way, type: frame.type, frame });
  }
}
