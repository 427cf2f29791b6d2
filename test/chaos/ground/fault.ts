/** What a judge finds. */
import type { Line } from "./journal.ts";

/** Something that is wrong, and where the journal shows it; not where it shows by absence. */
export interface Fault {
  readonly what: string;
  readonly line?: Line | undefined;
}
