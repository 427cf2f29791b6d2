/** A request to a stand-in for a push provider, and the verdict on it. */

/** A request, read. */
export interface Post {
  readonly url: URL;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The Worker's time, in milliseconds since the epoch. */
  readonly now: number;
}

/** What a provider made of it. */
export interface Judged {
  readonly status: number;
  readonly answer: object | undefined;
  /** What the request got wrong. */
  readonly problems: readonly string[];
  /** The device, as far as it is known. */
  readonly to: string;
  /** The message, opened. */
  readonly said?: object;
}
