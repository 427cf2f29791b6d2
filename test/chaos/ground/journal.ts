/** What every device sent and heard, in one order, to be judged when it is over. */
import type { Frame } from "./link.ts";

/** One line of a journal. */
export interface Line {
  /** Name of the device; of nobody when something befell the world. */
  readonly device: string;
  readonly user: string;
  /** `note`: what happened to the device itself, or to the world. */
  readonly way: "sent" | "heard" | "note";
  readonly type: string;
  /** As it was sent or heard, whole. */
  readonly frame: Frame;
}

/** Keeps the lines. */
export class Journal {
  readonly lines: Line[] = [];

  add(line: Line): void {
    this.lines.push(line);
  }

  /** Notes that something befell the world. */
  note(type: string): void {
    this.add({ device: "", user: "", way: "note", type, frame: { type } });
  }

  /** What happened to the world and to the device of a line around it, for whoever has to find out. */
  around(line: Line, before = 60, after = 10): string {
    const about = this.lines.filter(({ device, user }) => user === line.user || device === "");
    const at = about.indexOf(line);
    return about
      .slice(Math.max(0, at - before), at + after)
      .map((each) => `${this.lines.indexOf(each)} ${spell(each)}${each === line ? " <<<" : ""}`)
      .join("\n");
  }
}

/** Fields that say nothing to a person. */
const DULL = new Set(["type", "epoch", "ts", "updated_at", "message_id"]);

/** A line as a person reads it. */
function spell({ device, way, type, frame }: Line): string {
  const fields = Object.entries(frame).filter(([name]) => !DULL.has(name));
  const rest = fields.length > 0 ? JSON.stringify(Object.fromEntries(fields)) : "";
  return `${device} ${way} ${type} ${rest}`;
}
