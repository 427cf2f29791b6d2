/** Judges what devices heard of channels, by what really happened there. */
import { PROBE, spelled, type Frame } from "../ground/link.ts";
import type { Fault } from "../ground/fault.ts";
import type { Line } from "../ground/journal.ts";
import type { History } from "./truth.ts";
import { Hearing } from "./hearing.ts";
import { Attendance, Watching } from "./watching.ts";

const SUBSCRIBES = new Set(["subscribe", "unsubscribe"]);
const STARTS = new Set(["began", "connected"]);

/** What really happened, in the form in which it is compared. */
export interface Facts {
  readonly broadcasts: readonly History["events"][number][];
  readonly attendance: Attendance;
}

/** Sorts what happened on a channel. */
export function factsOf({ events }: History): Facts {
  const isBroadcast = ({ type }: { type: string }) => type === "broadcast";
  const changes = events.filter((event) => !isBroadcast(event));
  return { broadcasts: events.filter(isBroadcast), attendance: new Attendance(changes) };
}

/** Follows one device through all that it sent and heard. */
export class DeviceJudge {
  readonly #name: string;
  readonly #hearing: ReadonlyMap<string, Hearing>;
  readonly #watching: ReadonlyMap<string, Watching>;
  readonly #asked = new Map<string, Frame>();
  readonly #answered = new Map<string, string>();
  readonly #resumes: boolean;
  /** References of requests before the last one without any, by channel: that one has yet to take effect. */
  readonly #before = new Map<string, Set<string>>();

  constructor(name: string, resumes: boolean, facts: ReadonlyMap<string, Facts>) {
    this.#name = name;
    this.#resumes = resumes;
    this.#hearing = new Map(
      [...facts].map(([channel, { broadcasts }]) => [channel, new Hearing(broadcasts)]),
    );
    this.#watching = new Map(
      [...facts].map(([channel, { attendance }]) => [channel, new Watching(attendance)]),
    );
  }

  /** Takes the device's next line. */
  take(line: Line): Fault[] {
    const { way, type, frame } = line;
    const wrong = this.#judge(way, type, frame);
    return wrong.map((what) => ({ what: `${this.#name} ${what}`, line }));
  }

  /** What is missing when nothing is under way any more. */
  rest(): Fault[] {
    const parts = [...this.#hearing, ...this.#watching];
    return parts.flatMap(([channel, part]) =>
      part.rest().map((what) => ({ what: `${this.#name} on ${channel} ${what}` })),
    );
  }

  #judge(way: Line["way"], type: string, frame: Frame): string[] {
    if (way === "note") {
      if (STARTS.has(type)) this.#startOver();
      return [];
    }
    const channel = String(frame["channel"]);
    const [hearing, watching] = [this.#hearing.get(channel), this.#watching.get(channel)];
    if (way === "sent") {
      if (frame.ref !== undefined) this.#asked.set(frame.ref, frame);
      else if (SUBSCRIBES.has(type)) {
        this.#before.set(channel, new Set(this.#asked.keys()));
        this.#doubt(channel);
      }
      return [];
    }
    if (type === "broadcast") return hearing?.heard(frame) ?? ["heard of a channel of others"];
    if (type === "presence_sync") return watching?.synced(frame) ?? [];
    if (type.startsWith("presence_")) return watching?.heard(frame) ?? [];
    return this.#answer(frame);
  }

  #answer(frame: Frame): string[] {
    const { type, ref = "", payload } = frame;
    if (payload?.["ref_type"] === PROBE) return [];
    if (frame.ref === undefined) {
      // What was missed follows, but to which request this is the answer nobody can tell.
      if (type === "ack") this.#startUnsure(String(frame["channel"]));
      return [];
    }
    const asked = this.#asked.get(ref);
    if (!asked) {
      // One that resumes asks again what was answered meanwhile, and gets the same answer.
      const isSame = this.#resumes && this.#answered.get(ref) === spelled(frame);
      return isSame ? [] : ["was answered twice, or unasked"];
    }
    this.#asked.delete(ref);
    this.#answered.set(ref, spelled(frame));
    if (!SUBSCRIBES.has(asked.type)) return [];
    const channel = String(asked["channel"]);
    if (type === "ack") {
      this.#watching.get(channel)?.acknowledged(asked);
      const wrong = this.#hearing.get(channel)?.acknowledged(asked, frame) ?? [];
      if (this.#before.get(channel)?.has(ref)) this.#doubt(channel);
      return wrong;
    }
    // Whether it reached the channel is not known.
    if (payload?.["code"] === "internal_error") this.#doubt(channel);
    return [];
  }

  #doubt(channel: string): void {
    this.#hearing.get(channel)?.doubt();
    this.#watching.get(channel)?.doubt();
  }

  #startUnsure(channel: string): void {
    this.#hearing.get(channel)?.end();
    this.#doubt(channel);
  }

  #startOver(): void {
    this.#asked.clear();
    this.#before.clear();
    for (const [, part] of [...this.#hearing, ...this.#watching]) part.end();
  }
}
