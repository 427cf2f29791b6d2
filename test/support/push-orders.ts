/** What tests say to the push providers, and hear from them. */
import type { Fault, Recorded } from "../../dev/push/recorded.ts";

export interface PushOrder {
  /** Only what came for this device. */
  readonly recorded?: string;
  readonly break?: Fault;
  /** Makes all access tokens worthless. */
  readonly revoke?: boolean;
  readonly subscribe?: boolean;
  /** How far the Worker's clock is ahead, for requests whose address has that text in it. */
  readonly ahead?: { readonly scope: string; readonly ms: number };
}

export interface PushState {
  readonly variables: Readonly<Record<string, string>>;
  readonly recorded: readonly Recorded[];
  readonly subscription?: {
    readonly endpoint: string;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  };
}
