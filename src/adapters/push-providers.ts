/** All push providers behind one function. */
import type { PushNote, PushPort, PushResult, PushTarget } from "../core/push.ts";
import type { PushOs } from "../protocol/push.ts";
import { sendApns } from "./apns.ts";
import { sendFcm } from "./fcm.ts";
import { attempt } from "./http-attempt.ts";
import { mintWith, type AskMinter, type Mint } from "./push-tokens.ts";
import type { Providers } from "./push-settings.ts";
import { sendWebPush } from "./web-push.ts";

/** Which provider reaches which devices. */
export const providerOf = {
  android: "fcm",
  ios: "apns",
  web: "web_push",
} as const satisfies Record<PushOs, keyof Providers>;

/** The service's minters. */
export interface Minters {
  readonly fcm: AskMinter;
  readonly apns: AskMinter;
}

/** Makes one attempt by the provider of the target's kind. Never throws. */
export function pushSender(
  { fcm, apns, web_push: web }: Providers,
  minters: Minters,
): PushPort["send"] {
  const off: PushResult = { outcome: "refused", detail: "the provider is not configured" };
  return (target, note, isWanted = () => true) => attempt(() => send(target, note, isWanted));

  async function send(
    target: PushTarget,
    note: PushNote,
    isWanted: () => boolean,
  ): Promise<PushResult> {
    switch (target.os) {
      case "android": {
        if (fcm.state !== "configured") return off;
        const { settings } = fcm;
        const mint = mintWith(`fcm ${settings.email} ${settings.tokenUri}`, minters.fcm);
        return sendFcm(settings, whileWanted(mint, isWanted), target.token, note);
      }
      case "ios": {
        if (apns.state !== "configured") return off;
        const { settings } = apns;
        const mint = mintWith(`apns ${settings.team} ${settings.keyId}`, minters.apns);
        return sendApns(settings, whileWanted(mint, isWanted), target, note);
      }
      case "web":
        if (web.state !== "configured") return off;
        return sendWebPush(web.settings, target.subscription, note);
    }
  }
}

/** Sends nothing that nobody wants any more once the token is there, which may have taken seconds. */
function whileWanted(mint: Mint, isWanted: () => boolean): Mint {
  const result: PushResult = { outcome: "later", detail: "not wanted any more" };
  return (use) =>
    mint((token) => (isWanted() ? use(token) : Promise.resolve({ result, isStale: false })));
}
