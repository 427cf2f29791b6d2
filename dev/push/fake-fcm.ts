/** A stand-in for Firebase Cloud Messaging and the OAuth service before it, as strict as they are. */
import { randomUUID } from "node:crypto";
import type { Judged, Post } from "./judged.ts";
import { ACCOUNT, type ProviderKeys } from "./keys.ts";
import { verifyJwt } from "./jwt.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const DATA_BYTES = 4_096;
const LIFE_SECONDS = 3_600;

/** One fake project. */
export class FakeFcm {
  readonly #keys: ProviderKeys;
  readonly #tokens = new Set<string>();

  constructor(keys: ProviderKeys) {
    this.#keys = keys;
  }

  /** Trades an assertion for an access token. */
  token({ url, body, now }: Post): Judged {
    const form = new URLSearchParams(body.toString());
    const verified = verifyJwt(form.get("assertion") ?? "", "RS256", this.#keys.fcm);
    const { iss, aud, scope, iat, exp } = verified?.claims ?? {};
    const problems = [
      form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer" && "grant_type",
      !verified && "signature",
      iss !== ACCOUNT.email && "iss",
      aud !== url.href && "aud",
      scope !== SCOPE && "scope",
      !(Number(iat) <= now / 1_000 + 5) && "iat",
      !(Number(exp) - Number(iat) <= LIFE_SECONDS) && "exp",
    ].filter((problem) => problem !== false);
    if (problems.length > 0) return refused(problems, 400, { error: "invalid_grant" });
    const token = `fake-${randomUUID()}`;
    this.#tokens.add(token);
    const answer = { access_token: token, expires_in: LIFE_SECONDS, token_type: "Bearer" };
    return { status: 200, answer, problems, to: "oauth" };
  }

  /** Forgets all access tokens, as if they had been revoked. */
  revoke(): void {
    this.#tokens.clear();
  }

  /** Takes a message. */
  send({ url, headers, body }: Post): Judged {
    const bearer = headers["authorization"]?.replace(/^Bearer /, "") ?? "";
    if (!this.#tokens.has(bearer)) {
      return refused(["bearer"], 401, { error: { status: "UNAUTHENTICATED" } });
    }
    const { message = {}, ...rest } = JSON.parse(body.toString()) as { message?: Message };
    const { token = "", data = {}, android = {}, ...others } = message;
    const texts = Object.values(data).every((value) => typeof value === "string");
    const problems = [
      url.pathname !== `/v1/projects/${ACCOUNT.project}/messages:send` && "project",
      headers["content-type"] !== "application/json" && "content-type",
      Object.keys(rest).length > 0 && "unknown fields",
      Object.keys(others).length > 0 && `message.${Object.keys(others).join()}`,
      token === "" && "token",
      !texts && "data that is no text",
      Buffer.byteLength(JSON.stringify(data)) > DATA_BYTES && "data too large",
      android.priority !== "high" && "priority",
      !/^\d+s$/.test(android.ttl ?? "") && "ttl",
      android.collapse_key !== data["session_id"] && "collapse_key",
    ].filter((problem) => problem !== false);
    if (problems.length > 0) {
      return refused(problems, 400, { error: { status: "INVALID_ARGUMENT" } });
    }
    const answer = { name: `projects/${ACCOUNT.project}/messages/${randomUUID()}` };
    return { status: 200, answer, problems, to: token, said: message };
  }
}

interface Message {
  readonly token?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly android?: {
    readonly priority?: string;
    readonly ttl?: string;
    readonly collapse_key?: string;
  };
}

function refused(problems: readonly string[], status: number, answer: object): Judged {
  return { status, answer, problems, to: "" };
}
