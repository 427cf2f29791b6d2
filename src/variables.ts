/**
 * Every variable and secret of the Worker, described once: the documentation of the variables
 * (docs/operations.md) and the set that `npm run dev` hands through from the shell come from this table.
 */
import * as z from "zod";

const text = z.string().optional();

const integer = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    );

/** Origins as browsers spell them: in small letters, without a path and without the usual port. */
const origins = (fallback: string) =>
  list(fallback).transform((items) =>
    items.map((item) => {
      const origin = URL.canParse(item) ? new URL(item).origin : "null";
      // Schemes of apps, such as `capacitor:`, have no origin of that form.
      return origin === "null" ? item : origin;
    }),
  );

const address = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });

const url = address.transform((value) => value.replace(/\/+$/, "")).optional();

/** The variables, in the order in which the operations page lists them. */
export const variables = {
  ENVIRONMENT: z
    .enum(["production", "development"])
    .default("production")
    .describe("`development` lets `?user_id=` name a user and opens `POST /dev/token`"),
  JWT_SECRET: text.describe("Secret that signs HS256, HS384 and HS512 tokens"),
  JWT_JWKS_URL: url.describe("Address of the JWK Set that verifies RS256, ES256 and EdDSA tokens"),
  JWT_ISSUER: text.describe("When set, the `iss` claim must equal it"),
  JWT_AUDIENCE: text.describe("When set, the `aud` claim must be or contain it"),
  JWT_USER_CLAIMS: list("hash,sub,user_id")
    .refine((names) => names.length > 0, "must name at least one claim")
    .describe("Claims that may name the user; the first non-empty string wins"),
  JWT_REQUIRE_EXP: z
    .stringbool()
    .default(true)
    .describe("`false` also takes tokens without an `exp` claim"),
  UPSTASH_REDIS_REST_URL: url.describe("Address of the Upstash Redis database"),
  UPSTASH_REDIS_REST_TOKEN: text.describe("Token of the Upstash Redis database"),
  RING_TIMEOUT_SECONDS: integer(5, 180, 45).describe("How long a call rings before `no_answer`"),
  RECONNECT_GRACE_SECONDS: integer(0, 300, 15).describe(
    "How long a lost device keeps its place in a call",
  ),
  CALL_WAITING: z
    .stringbool()
    .default(false)
    .describe("`true` tells a user in a call who else calls (`call.waiting`)"),
  RATE_LIMIT_PER_SECOND: integer(1, 100_000, 50).describe("Frames a socket may send, per second"),
  RATE_LIMIT_BURST: integer(1, 100_000, 200).describe("Frames a socket may send at once"),
  ROOM_MAX_MEMBERS: integer(2, 100, 12).describe("Most members of a room"),
  ROOM_JOIN_TIMEOUT_SECONDS: integer(1, 3_600, 60).describe(
    "How long a request to join a room waits for the owner",
  ),
  DIRECT_SIGNALING: z
    .enum(["rooms", "open"])
    .default("rooms")
    .describe(
      "Whom users may send direct messages: those they share a room or a call with, or anybody",
    ),
  APP_SECRET: text.describe("Secret that signs app tokens and session tokens of Socket.IO clients"),
  APP_PASS: text.describe("Password of `POST /app`, which mints app tokens"),
  SIO_STATIC_APP_TOKENS: list("").describe("App tokens that are good whatever their signature"),
  APP_TOKENS_REVOKED: list("").describe("App tokens that are not good any more"),
  TOKEN_LIFETIME: integer(1, 31_536_000, 86_400).describe(
    "How long a session token of a Socket.IO client is good, in seconds",
  ),
  SIO_PING_INTERVAL_MS: integer(1_000, 3_600_000, 300_000).describe(
    "How often Socket.IO clients are pinged; between two pings the object sleeps",
  ),
  SIO_PING_TIMEOUT_MS: integer(1_000, 3_600_000, 60_000).describe(
    "How long a Socket.IO client has to answer a ping",
  ),
  TURN_URLS: list("").describe("Addresses of an own TURN server with a shared secret"),
  TURN_SECRET: text.describe("The shared secret of the own TURN server"),
  TURN_KEY_ID: text.describe("Id of a Cloudflare Realtime TURN key"),
  TURN_KEY_API_TOKEN: text.describe("API token of the Cloudflare Realtime TURN key"),
  TURN_BASE_URL: address
    .default("https://rtc.live.cloudflare.com")
    .describe("Address of Cloudflare's TURN service; another one is for tests"),
  TURN_TTL_SECONDS: integer(60, 172_800, 3_600).describe("How long TURN credentials are good"),
  STUN_URLS: list("stun:stun.cloudflare.com:3478").describe("Addresses of STUN servers"),
  CORS_ALLOWED_ORIGINS: origins("*").describe(
    "Origins of browsers that may use the service, or `*`",
  ),
  // Channels, chat, and events over HTTP.
  API_KEYS: list("").describe(
    "Keys for publishing and reading over HTTP; several, so that they can be changed",
  ),
  PRESENCE_GRACE_SECONDS: integer(0, 300, 5).describe(
    "How long a user whose last connection was lost still counts as present on a channel",
  ),
  MAX_CHANNELS_PER_SOCKET: integer(1, 10_000, 100).describe(
    "Channels that one connection may listen to or be present on",
  ),
  CHANNEL_HISTORY_SIZE: integer(0, 10_000, 100).describe(
    "Broadcasts that a channel keeps for `since`; 0 turns it off",
  ),
  CHANNEL_HISTORY_SECONDS: integer(1, 86_400, 300).describe("How long a channel keeps them"),
  CHANNEL_DEFAULT_RIGHTS: list("subscribe,publish,presence,history")
    .pipe(z.array(z.enum(["subscribe", "publish", "presence", "history"])))
    .describe("What tokens without the claim `channels` may do on channels; `,` for nothing"),
  CHAT_HISTORY: integer(0, 200, 0).describe(
    "Messages that a chat room keeps and sends to those who enter; 0 turns it off",
  ),
  GUEST_SECRET: text.describe("Secret that signs guests' tokens; `JWT_SECRET` when unset"),
  WEBHOOK_URLS: list("")
    .refine(
      (urls) => urls.every((each) => /^https?:\/\/[^/]/.test(each) && URL.canParse(each)),
      "must be http or https URLs",
    )
    .describe("Addresses that every event of every channel is posted to"),
  WEBHOOK_SECRET: text.describe("Secret that signs what is posted to `WEBHOOK_URLS`"),
  METRICS_KEY: text.describe("Key that opens `GET /metrics`; without it there is no such page"),
  PUSH_CALLER_TOKENS: z
    .stringbool()
    .default(true)
    .describe("`false` ignores push tokens that callers send with `call.start`"),
  FCM_PROJECT_ID: text.describe("Firebase project that Android devices are pushed through"),
  FCM_SERVICE_ACCOUNT_JSON: text.describe(
    "The project's service account, as the JSON text of its key",
  ),
  FCM_BASE_URL: url.describe("Where FCM is; default `https://fcm.googleapis.com`"),
  APNS_KEY_P8: text.describe("Text of the `.p8` key for Apple's push service"),
  APNS_KEY_ID: text.describe("Id of the key in `APNS_KEY_P8`"),
  APNS_TEAM_ID: text.describe("Id of the Apple developer team"),
  APNS_BUNDLE_ID: text.describe("Bundle id of the iOS app"),
  APNS_PRODUCTION: text.describe(
    "`true`: tokens that do not say otherwise belong to Apple's production service",
  ),
  APNS_BASE_URL: url.describe("Where Apple's service is, production and sandbox; default: Apple's"),
  VAPID_PUBLIC_KEY: text.describe("Public key for Web Push, base64url of the raw 65 bytes"),
  VAPID_PRIVATE_KEY: text.describe("Private key for Web Push, base64url of the raw 32 bytes"),
  VAPID_SUBJECT: text.describe("Contact for push services, `mailto:` or `https:`"),
  DEV_PUSH_URL: url.describe(
    "Set by `npm run dev`: where its stand-ins for push providers are, for `/dev/push`",
  ),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Least severe log line that is written"),
} as const;

/** Names of all variables, for tools that pass them on. */
export const variableNames: readonly string[] = Object.keys(variables);
