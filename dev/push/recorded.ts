/** What stand-ins for push providers remember, and how they may fail. */

/** A request as it is remembered. */
export interface Recorded {
  readonly provider: "oauth" | "fcm" | "apns" | "web_push";
  readonly at: number;
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly said: object | undefined;
  readonly status: number;
  readonly problems: readonly string[];
}

/** A fault for the next requests that concern a device, or `oauth`. */
export interface Fault {
  readonly to: string;
  readonly status?: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers. */
  readonly hang?: boolean;
  readonly times?: number;
}
