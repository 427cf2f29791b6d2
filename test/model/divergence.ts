/** What is said when the service and the model part. */
import type { Step } from "./commands.ts";
import type { Draft } from "./draft.ts";
import type { Seen } from "./judge.ts";
import type { Operation } from "./operations.ts";
import type { State } from "./state.ts";

/** The service did what the model does not allow. */
export class Divergence extends Error {
  override readonly name = "Divergence";
  readonly history: readonly Step[];

  constructor(
    history: readonly Step[],
    operations: readonly Operation[],
    seen: ReadonlyMap<string, readonly Seen[]>,
    possible: readonly Draft[],
    states: readonly State[],
  ) {
    const lines = [
      `after step ${history.length}: ${operations.map((one) => JSON.stringify(one)).join(" & ")}`,
      "the service sent:",
      ...[...seen].flatMap(([key, frames]) =>
        frames.map((frame) => `  ${key} ${JSON.stringify(frame)}`),
      ),
      "the model allows:",
      ...new Set(possible.slice(0, 12).map((draft) => spell(draft))),
      `from ${states.map((state) => JSON.stringify(state)).join("\n or ")}`,
    ];
    super(lines.join("\n"));
    this.history = [...history];
  }
}

function spell({ frames }: Draft): string {
  const lines = frames.map(
    ({ to, frame, optional, cause }) =>
      `    ${to} ${JSON.stringify(frame)}${optional ? "?" : ""} (${cause})`,
  );
  return ["  -", ...lines].join("\n");
}

/** Something is wrong that no frame shows. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly history: readonly Step[];

  constructor(message: string, history: readonly Step[]) {
    super(message);
    this.history = [...history];
  }
}

/** Whatever the model says: a socket hears the end of a call once, and nothing of the call after it. */
export class Monitor {
  readonly #over = new Set<string>();

  check(seen: ReadonlyMap<string, readonly Seen[]>, history: readonly Step[]): void {
    for (const [key, frames] of seen) {
      for (const { type, payload } of frames) {
        const isReply = type === "error" || type === "call.check_result" || type === "ack";
        const session = payload["session_id"];
        if (typeof session !== "string" || isReply) continue;
        const name = `${key} ${session}`;
        if (this.#over.has(name))
          throw new Fault(`${key} got ${type} after the end of ${session}`, history);
        if (type === "call.ended" || type === "call.rejected") this.#over.add(name);
      }
    }
  }
}
