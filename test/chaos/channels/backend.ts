/** A backend that publishes on channels over HTTP, and repeats what it has no answer to. */
import { post } from "../../support/channels.ts";
import type { Journal } from "../ground/journal.ts";

const NAME = "backend";

/** Publishes numbers of its own, all with an answer in the end. */
export class Backend {
  readonly #journal: Journal;
  readonly #underWay = new Set<Promise<void>>();
  #count = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * Publishes its next number. With a key it does so until it has been told that it is published, and
   * so many times more, at once; without one it tries once.
   */
  publish(channel: string, more?: number): void {
    this.#count += 1;
    const payload = `${NAME}##${this.#count}`;
    const key = more === undefined ? undefined : payload;
    this.#write("sent", "post", { channel, payload, ...(key === undefined ? {} : { key }) });
    for (let times = 0; times <= (more ?? 0); times += 1) {
      const work = this.#attempt(channel, payload, key).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
  }

  /** Waits until everything has its answer. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #attempt(channel: string, payload: string, key: string | undefined): Promise<void> {
    const headers = key === undefined ? {} : { "idempotency-key": key };
    for (;;) {
      const response = await post("/api/event", { channel, event: "posted", payload }, headers);
      const { message_id } = await response.json<{ message_id?: number }>();
      this.#write("heard", "posted", { channel, payload, status: response.status, message_id });
      if (response.status === 200 || key === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #write(way: "sent" | "heard", type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#journal.add({ device: NAME, user: "", way, type, frame: { type, ...fields } });
  }
}
