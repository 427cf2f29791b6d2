/** Orders that tests give to the Redis behind the Worker under test. */

/**
 * What Redis does with commands: answers, refuses, applies them without an answer, takes its time,
 * applies them twice, or never answers.
 */
export type Fault = "none" | "refuse" | "lose-answer" | "delay" | "duplicate" | "hang";

/** A control request's body; absent fields stay as they are. */
export interface Control {
  /** Only commands that contain this text, such as the name of a user; every command when absent. */
  readonly scope?: string;
  readonly fault?: Fault;
  /** How many commands the fault hits; all when absent. */
  readonly times?: number;
  /** How long the fault `delay` takes, in milliseconds. */
  readonly delayMs?: number;
  /** A command to run behind the Worker's back. */
  readonly run?: readonly string[];
  /** Counts the commands from here on. */
  readonly reset?: boolean;
}
