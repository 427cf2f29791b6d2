/** What every device sent and heard, in one order, to be judged when it is over. */

/** One line of the journal. */
export interface Line {
  readonly device: string;
  readonly user: string;
  /** `note`: what happened to the device itself, or to the world. */
  readonly way: "sent" | "heard" | "note";
  readonly type: string;
  readonly session?: string;
  /** Why a call ended, the code of an error, or the number of a candidate. */
  readonly detail?: string;
  readonly ref?: string;
}

/** Keeps the lines. */
export class Journal {
  readonly lines: Line[] = [];
  readonly #rung = new Set<string>();

  add(line: Line): void {
    this.lines.push(line);
    if (line.way === "heard" && line.type === "call.ring" && line.session !== undefined) {
      this.#rung.add(line.session);
    }
  }

  /** How many calls have rung somewhere. */
  get rung(): number {
    return this.#rung.size;
  }

  /** The sessions that anybody was told of. */
  sessions(): string[] {
    const named = this.lines.flatMap(({ way, session }) =>
      way === "heard" && session !== undefined ? [session] : [],
    );
    return [...new Set(named)];
  }

  /** Everything about a session, with what happened to its devices, for whoever has to find out. */
  story(session: string): string {
    const about = this.lines.filter((line) => line.session === session);
    const users = new Set(about.map(({ user }) => user));
    const [first, last] = [about[0], about.at(-1)];
    const [from, to] = [first, last].map((line) => (line ? this.lines.indexOf(line) : 0));
    return this.lines
      .map((line, index) => ({ line, index }))
      .filter(
        ({ line, index }) =>
          index >= (from ?? 0) - 40 &&
          index <= (to ?? 0) + 10 &&
          (line.session === session || users.has(line.user) || line.user === ""),
      )
      .map(({ line, index }) => {
        const { way, type, device, detail = "", ref = "" } = line;
        const what = line.session === session ? "*" : (line.session ?? "");
        return [index, device, way, type, what, detail, ref].join(" ");
      })
      .join("\n");
  }
}
