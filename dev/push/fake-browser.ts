/** A stand-in for a browser and its push service: subscriptions whose messages it can decrypt itself. */
import { createDecipheriv, createECDH, hkdfSync, randomBytes, type ECDH } from "node:crypto";
import type { Judged, Post } from "./judged.ts";
import { ACCOUNT, type ProviderKeys } from "./keys.ts";
import { p256, verifyJwt } from "./jwt.ts";

const DAY_SECONDS = 86_400;
const MAX_BODY_BYTES = 4_096;

interface Subscribed {
  readonly ecdh: ECDH;
  readonly auth: Buffer;
}

/** Subscriptions of one service worker. */
export class FakeBrowser {
  readonly #keys: ProviderKeys;
  readonly #subscriptions = new Map<string, Subscribed>();

  constructor(keys: ProviderKeys) {
    this.#keys = keys;
  }

  /** Makes a subscription. `origin`: where its messages are to be posted. */
  subscribe(origin: string) {
    const ecdh = createECDH("prime256v1");
    const p256dh = ecdh.generateKeys("base64url");
    const auth = randomBytes(16);
    const endpoint = `${origin}/web/${randomBytes(12).toString("hex")}`;
    this.#subscriptions.set(endpoint, { ecdh, auth });
    return { endpoint, keys: { p256dh, auth: auth.toString("base64url") } };
  }

  /** Takes a message. */
  send({ url, headers, body, now }: Post): Judged {
    const to = url.href;
    const known = this.#subscriptions.get(to);
    if (!known) return { status: 410, answer: undefined, problems: ["no such subscription"], to };
    const text = decrypt(known, body);
    const problems = [
      ...vapidProblems(headers["authorization"] ?? "", url, now, this.#keys.vapidPublic),
      headers["content-encoding"] !== "aes128gcm" && "content-encoding",
      !/^[1-9]\d*$/.test(headers["ttl"] ?? "") && "ttl",
      headers["urgency"] !== "high" && "urgency",
      !/^[\w-]{1,32}$/.test(headers["topic"] ?? "") && "topic",
      body.byteLength > MAX_BODY_BYTES && "too large",
      text === undefined && "cannot be decrypted",
    ].filter((problem) => problem !== false);
    if (problems.length > 0) return { status: 400, answer: { problems }, problems, to };
    const said = JSON.parse(text ?? "null") as object;
    return { status: 201, answer: undefined, problems, to, said };
  }
}

/** Checks `Authorization: vapid t=…, k=…` (RFC 8292 sections 2 and 3). */
function vapidProblems(authorization: string, url: URL, now: number, key: string): string[] {
  const { t = "", k } = /^vapid t=(?<t>[^,]+), ?k=(?<k>.+)$/.exec(authorization)?.groups ?? {};
  const verified = verifyJwt(t, "ES256", p256(key));
  const { aud, exp, sub } = verified?.claims ?? {};
  const left = Number(exp) - now / 1_000;
  return [
    k !== key && "vapid key",
    !verified && "vapid signature",
    aud !== url.origin && "vapid aud",
    !(left > 0 && left <= DAY_SECONDS) && "vapid exp",
    sub !== ACCOUNT.subject && "vapid sub",
  ].filter((problem) => problem !== false);
}

/** Opens a message of one record (RFC 8188 section 2, RFC 8291 section 3.4); nothing when it is none. */
function decrypt({ ecdh, auth }: Subscribed, body: Buffer): string | undefined {
  try {
    const salt = body.subarray(0, 16);
    const keyLength = body.readUInt8(20);
    const sender = body.subarray(21, 21 + keyLength);
    const record = body.subarray(21 + keyLength);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), sender]);
    const secret = ecdh.computeSecret(sender);
    const ikm = Buffer.from(hkdfSync("sha256", secret, auth, info, 32));
    const derive = (name: string, length: number) =>
      Buffer.from(hkdfSync("sha256", ikm, salt, `Content-Encoding: ${name}\0`, length));
    const cipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
    cipher.setAuthTag(record.subarray(-16));
    const opened = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
    // Zeros pad the last record, behind a delimiter of 2.
    const end = opened.lastIndexOf(2);
    const isPadding = opened.subarray(end + 1).every((byte) => byte === 0);
    return end >= 0 && isPadding ? opened.subarray(0, end).toString() : undefined;
  } catch {
    return undefined;
  }
}
