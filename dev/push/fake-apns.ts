/** A stand-in for Apple's push service: token-based connections, headers, sizes. HTTP/1.1, unlike the real one. */
import type { Judged, Post } from "./judged.ts";
import { ACCOUNT, type ProviderKeys } from "./keys.ts";
import { verifyJwt } from "./jwt.ts";

const VOIP_BYTES = 5_120;
const OTHER_BYTES = 4_096;
const TOKEN_LIFE_SECONDS = 3_600;
const COLLAPSE_BYTES = 64;

/** What goes with each type of push. */
const TYPES: Readonly<Record<string, { topic: string; priority: string }>> = {
  voip: { topic: `${ACCOUNT.bundle}.voip`, priority: "10" },
  background: { topic: ACCOUNT.bundle, priority: "5" },
  alert: { topic: ACCOUNT.bundle, priority: "10" },
};

/** One fake team. */
export class FakeApns {
  readonly #keys: ProviderKeys;

  constructor(keys: ProviderKeys) {
    this.#keys = keys;
  }

  /** Takes a notification. */
  send({ url, headers, body, now }: Post): Judged {
    const to = url.pathname.slice("/3/device/".length);
    const refused = (status: number, reason: string): Judged => ({
      status,
      answer: { reason },
      problems: [reason],
      to,
    });
    const bearer = headers["authorization"]?.replace(/^bearer /, "") ?? "";
    const verified = verifyJwt(bearer, "ES256", this.#keys.apns);
    const { iss, iat } = verified?.claims ?? {};
    const age = now / 1_000 - Number(iat);
    if (!verified || verified.header["kid"] !== ACCOUNT.keyId || iss !== ACCOUNT.teamId) {
      return refused(403, "InvalidProviderToken");
    }
    if (!(age < TOKEN_LIFE_SECONDS && age > -60)) return refused(403, "ExpiredProviderToken");
    if (!/^[0-9a-f]+$/i.test(to)) return refused(400, "BadDeviceToken");
    const kind = headers["apns-push-type"] ?? "";
    const rule = TYPES[kind];
    if (!rule) return refused(400, "InvalidPushType");
    if (headers["apns-topic"] !== rule.topic) return refused(400, "BadTopic");
    if (headers["apns-priority"] !== rule.priority) return refused(400, "BadPriority");
    if (!/^\d+$/.test(headers["apns-expiration"] ?? "")) return refused(400, "BadExpirationDate");
    const collapse = headers["apns-collapse-id"] ?? "";
    if (collapse === "" || Buffer.byteLength(collapse) > COLLAPSE_BYTES) {
      return refused(400, "BadCollapseId");
    }
    if (body.byteLength > (kind === "voip" ? VOIP_BYTES : OTHER_BYTES)) {
      return refused(413, "PayloadTooLarge");
    }
    const said = JSON.parse(body.toString()) as { aps?: object; session_id?: string };
    if (said.aps === undefined) return refused(400, "PayloadEmpty");
    if (said.session_id !== collapse) return refused(400, "BadCollapseId");
    return { status: 200, answer: undefined, problems: [], to, said };
  }
}
