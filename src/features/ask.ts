/** What a user's object is asked over HTTP, behind a door that has checked who asks. */
import type { Registration } from "../protocol/push.ts";
import type { UserInfo } from "../protocol/user-info.ts";
import type { Host } from "./feature.ts";

/** A device that asks about a call, by the token that its push carried. */
interface ByCallToken {
  readonly session: string;
  readonly token: string;
}

/** Questions by kind. */
export interface Asks {
  "device.put": {
    readonly name: string;
    readonly registration: Registration;
    readonly profile: UserInfo;
  };
  "device.delete": { readonly name: string };
  "call.get": ByCallToken;
  "call.accept": ByCallToken;
  "call.reject": ByCallToken;
  "call.ringing": ByCallToken;
}

export type AskKind = keyof Asks;

/** A question as it travels. */
export type Ask = { [K in AskKind]: { readonly kind: K; readonly asked: Asks[K] } }[AskKind];

/** An answer: a status of HTTP, and a body that is sent as JSON. */
export interface Reply {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Answers a question. A throw that is no refusal is a defect. */
export type AskHandler<K extends AskKind> = (host: Host, asked: Asks[K]) => Promise<Reply>;
