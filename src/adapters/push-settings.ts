/** The variables of the push providers, read once: each provider is configured, off, or invalid. */
import { bytesOf, readPkcs8 } from "./pem.ts";

/** The variables as the configuration has them. */
export interface PushVariables {
  readonly FCM_PROJECT_ID?: string | undefined;
  readonly FCM_SERVICE_ACCOUNT_JSON?: string | undefined;
  readonly FCM_BASE_URL?: string | undefined;
  readonly APNS_KEY_P8?: string | undefined;
  readonly APNS_KEY_ID?: string | undefined;
  readonly APNS_TEAM_ID?: string | undefined;
  readonly APNS_BUNDLE_ID?: string | undefined;
  readonly APNS_PRODUCTION?: string | undefined;
  readonly APNS_BASE_URL?: string | undefined;
  readonly VAPID_PUBLIC_KEY?: string | undefined;
  readonly VAPID_PRIVATE_KEY?: string | undefined;
  readonly VAPID_SUBJECT?: string | undefined;
}

export interface FcmSettings {
  readonly baseUrl: string;
  readonly project: string;
  readonly email: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly keyId?: string;
  readonly tokenUri: string;
}

export interface ApnsSettings {
  /** When set, both of Apple's services are there. */
  readonly baseUrl?: string;
  readonly isProduction: boolean;
  readonly bundle: string;
  readonly team: string;
  readonly keyId: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

export interface VapidSettings {
  /** Base64url without padding: 65 and 32 bytes. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
}

/** A provider, as far as its variables say. `problem` names the variable. */
export type Provider<T> =
  | { readonly state: "configured"; readonly settings: T }
  | { readonly state: "off" }
  | { readonly state: "invalid"; readonly problem: string };

export interface Providers {
  readonly fcm: Provider<FcmSettings>;
  readonly apns: Provider<ApnsSettings>;
  readonly web_push: Provider<VapidSettings>;
}

const FCM_BASE_URL = "https://fcm.googleapis.com";
const GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token";

const NEEDED = {
  fcm: ["FCM_PROJECT_ID", "FCM_SERVICE_ACCOUNT_JSON"],
  apns: ["APNS_KEY_P8", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_BUNDLE_ID"],
  web_push: ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT"],
} as const satisfies Record<keyof Providers, readonly (keyof PushVariables)[]>;

const NAMES: readonly (keyof PushVariables)[] = [
  ...Object.values(NEEDED).flat(),
  "FCM_BASE_URL",
  "APNS_BASE_URL",
  "APNS_PRODUCTION",
];

/** What was read last. Keys take a while to look at, and every request asks. */
let last: { readonly vars: PushVariables; readonly providers: Providers } | undefined;

/** Reads the providers' variables. Never throws: a bad provider must not stop the calls. */
export function readProviders(vars: PushVariables): Providers {
  const known = last;
  if (known && NAMES.every((name) => known.vars[name] === vars[name])) return known.providers;
  const providers = {
    fcm: provider(vars, NEEDED.fcm, readFcm),
    apns: provider(vars, NEEDED.apns, readApns),
    web_push: provider(vars, NEEDED.web_push, readVapid),
  };
  last = { vars, providers };
  return providers;
}

type Needed<K extends keyof PushVariables> = Readonly<Record<K, string>>;

function provider<K extends keyof PushVariables, T>(
  vars: PushVariables,
  names: readonly K[],
  readAll: (given: Needed<K>, vars: PushVariables) => T | string,
): Provider<T> {
  const missing = names.filter((name) => !vars[name]);
  if (missing.length === names.length) return { state: "off" };
  if (missing.length > 0) return { state: "invalid", problem: `${missing.join(", ")} not set` };
  const result = readAll(vars as unknown as Needed<K>, vars);
  return typeof result === "string"
    ? { state: "invalid", problem: result }
    : { state: "configured", settings: result };
}

function readFcm(
  {
    FCM_PROJECT_ID,
    FCM_SERVICE_ACCOUNT_JSON,
  }: Needed<"FCM_PROJECT_ID" | "FCM_SERVICE_ACCOUNT_JSON">,
  { FCM_BASE_URL: baseUrl = FCM_BASE_URL }: PushVariables,
): FcmSettings | string {
  const account = parseObject(FCM_SERVICE_ACCOUNT_JSON);
  if (!account) return "FCM_SERVICE_ACCOUNT_JSON is not a JSON object";
  const { client_email: email, private_key, private_key_id: keyId, token_uri } = account;
  if (typeof email !== "string" || email === "") {
    return "FCM_SERVICE_ACCOUNT_JSON has no client_email";
  }
  const key = typeof private_key === "string" ? readPkcs8(private_key, "rsa") : undefined;
  if (key === undefined) return "FCM_SERVICE_ACCOUNT_JSON has no readable private_key";
  const tokenUri = token_uri ?? GOOGLE_TOKEN_URI;
  if (typeof tokenUri !== "string" || !/^https?:/.test(tokenUri) || !URL.canParse(tokenUri)) {
    return "FCM_SERVICE_ACCOUNT_JSON has a token_uri that is no address";
  }
  return {
    baseUrl,
    project: FCM_PROJECT_ID,
    email,
    key,
    tokenUri,
    ...(typeof keyId === "string" ? { keyId } : {}),
  };
}

function readApns(
  given: Needed<"APNS_KEY_P8" | "APNS_KEY_ID" | "APNS_TEAM_ID" | "APNS_BUNDLE_ID">,
  { APNS_BASE_URL: baseUrl, APNS_PRODUCTION }: PushVariables,
): ApnsSettings | string {
  const key = readPkcs8(given.APNS_KEY_P8, "p256");
  if (key === undefined) return "APNS_KEY_P8 is not the text of a .p8 file";
  return {
    key,
    keyId: given.APNS_KEY_ID,
    team: given.APNS_TEAM_ID,
    bundle: given.APNS_BUNDLE_ID,
    isProduction: APNS_PRODUCTION === "true",
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
}

function readVapid(
  given: Needed<"VAPID_PUBLIC_KEY" | "VAPID_PRIVATE_KEY" | "VAPID_SUBJECT">,
): VapidSettings | string {
  const { VAPID_SUBJECT: subject } = given;
  const publicKey = bare(given.VAPID_PUBLIC_KEY);
  const privateKey = bare(given.VAPID_PRIVATE_KEY);
  const point = bytesOf(publicKey);
  if (point?.length !== 65 || point[0] !== 4) {
    return "VAPID_PUBLIC_KEY is not the base64url of a raw public key (65 bytes)";
  }
  if (bytesOf(privateKey)?.length !== 32) {
    return "VAPID_PRIVATE_KEY is not the base64url of a raw private key (32 bytes)";
  }
  // RFC 8292 section 2.1.
  if (!/^(mailto:|https:)/.test(subject)) return "VAPID_SUBJECT must begin mailto: or https:";
  return { publicKey, privateKey, subject };
}

function bare(text: string): string {
  return text.trim().replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
