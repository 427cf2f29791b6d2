/** The real service with a world's clients before it: sockets, objects, alarms. */
import { evictDurableObject } from "cloudflare:test";
import { upgrade } from "../support/client.ts";
import { alarmOf, objectOf, runAlarm } from "../support/objects.ts";
import type { Seen } from "./judge.ts";
import { Line } from "./line.ts";
import type { Operation, Send } from "./operations.ts";
import type { Person } from "./state.ts";

/** An id that no call has. */
const NO_CALL = "8d2d2f3c-0d0e-4f5a-9a56-2f1f7c1c9a11";

/** Carries operations out. */
export class Stage {
  readonly #people: readonly Person[];
  readonly #tokens: readonly string[];
  readonly #lines = new Map<string, Line>();

  /** `tokens`: by user, for those who are named by the claim `hash`. */
  constructor(people: readonly Person[], tokens: readonly string[]) {
    this.#people = people;
    this.#tokens = tokens;
  }

  /** Does something, and returns when the service has seen it. `idOf`: the id of a call by its name. */
  async perform(operation: Operation, idOf: (name: string) => string | undefined): Promise<void> {
    switch (operation.do) {
      case "send": {
        const line = this.#lines.get(operation.key);
        line?.send(this.#spell(operation, idOf));
        return line?.flush();
      }
      case "connect":
        this.#lines.set(operation.key, await this.#connect(operation));
        return;
      case "close":
        return this.#lines.get(operation.key)?.hangUp(operation.code);
      case "vanish":
        for (const line of this.#lines.values())
          if (line.user === operation.user) line.isOpen = false;
        await this.#evict(operation.user, "close");
        await this.#touch(operation.user);
        return;
      case "forget":
        return;
      case "evict":
        return this.#evict(operation.user, "hibernate");
      case "alarm":
        await (operation.user === undefined ? this.#runAlarms() : this.#runAlarm(operation.user));
    }
  }

  /** Waits until all sockets have got what was sent to them. */
  async flush(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.flush()));
  }

  /** Takes what the sockets have heard since the last time. */
  take(): { readonly key: string; readonly user: number; readonly frames: readonly Seen[] }[] {
    const heard = [...this.#lines].map(([key, line]) => ({
      key,
      user: line.user,
      frames: line.take(),
    }));
    for (const [key, line] of this.#lines) if (!line.isOpen) this.#lines.delete(key);
    return heard;
  }

  async #connect({ user, slot, resume }: Extract<Operation, { do: "connect" }>): Promise<Line> {
    const { id, naming } = this.#people[user] as Person;
    const labelled = naming === "labelled" || (naming === "hash" && slot > 0);
    const query = new URLSearchParams({
      ...(naming === "hash" ? { token: this.#tokens[user] ?? "" } : { user_id: id }),
      ...(labelled ? { device: `label ${slot}` } : {}),
      ...(resume ? { resume: "1" } : {}),
    });
    const response = await upgrade(query.toString(), { "cf-connecting-ip": id });
    if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
    return new Line(response.webSocket, user, resume);
  }

  #spell(request: Send, idOf: (name: string) => string | undefined): Record<string, unknown> {
    const { type, ref } = request;
    if (type !== "call.start") {
      const more = "payload" in request ? request.payload : {};
      return { type, ref, payload: { session_id: idOf(request.session) ?? NO_CALL, ...more } };
    }
    const payload = {
      callee_id: request.callee === undefined ? "nobody-at-all" : this.#id(request.callee),
      ...(request.join ? { glare: "join" } : {}),
      ...(request.ringSeconds === undefined ? {} : { ring_timeout: request.ringSeconds }),
    };
    return { type, ref, payload };
  }

  async #evict(user: number, webSockets: "close" | "hibernate"): Promise<void> {
    await this.#touch(user);
    await evictDurableObject(objectOf(this.#id(user)), { webSockets });
  }

  /** Wakes an object, so that it sees which of its sockets are gone; returns when its alarm is due. */
  #touch(user: number): Promise<number | null> {
    return alarmOf(this.#id(user));
  }

  #runAlarm(user: number): Promise<boolean> {
    return runAlarm(this.#id(user));
  }

  async #runAlarms(): Promise<void> {
    for (const user of this.#people.keys()) {
      do await this.#runAlarm(user);
      while (((await this.#touch(user)) ?? Infinity) <= Date.now());
    }
  }

  #id(user: number): string {
    return this.#people[user]?.id ?? "";
  }
}
