/** Keys of imaginary accounts at the push providers, and the variables that hold them. */
import { createECDH, generateKeyPairSync, type KeyObject } from "node:crypto";

export interface ProviderKeys {
  readonly fcm: KeyObject;
  readonly apns: KeyObject;
  /** Raw public key of the VAPID pair, base64url. */
  readonly vapidPublic: string;
  /** What the Worker has to know. `base`: address of the fakes, without a slash at its end. */
  variables(base: string): Readonly<Record<FcmName | ApnsName | VapidName, string>>;
}

/** Variables by provider. */
export const variablesOf = {
  fcm: ["FCM_PROJECT_ID", "FCM_SERVICE_ACCOUNT_JSON", "FCM_BASE_URL"],
  apns: ["APNS_KEY_P8", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_BUNDLE_ID", "APNS_BASE_URL"],
  web_push: ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT"],
} as const;

type FcmName = (typeof variablesOf.fcm)[number];
type ApnsName = (typeof variablesOf.apns)[number];
type VapidName = (typeof variablesOf.web_push)[number];

/** What the imaginary accounts are called. */
export const ACCOUNT = {
  project: "edgering-dev",
  email: "push@edgering-dev.example",
  keyId: "KEY1234567",
  teamId: "TEAM123456",
  bundle: "com.example.edgering",
  subject: "mailto:dev@example.com",
} as const;

/** Makes new keys. */
export function makeKeys(): ProviderKeys {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const p8 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const vapid = createECDH("prime256v1");
  const vapidPublic = vapid.generateKeys("base64url");
  // A key with a leading zero is shorter than the 32 bytes it stands for.
  const vapidPrivate = Buffer.from(vapid.getPrivateKey("hex").padStart(64, "0"), "hex");
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    fcm: rsa.publicKey,
    apns: p8.publicKey,
    vapidPublic,
    variables: (base) => ({
      FCM_PROJECT_ID: ACCOUNT.project,
      FCM_SERVICE_ACCOUNT_JSON: JSON.stringify({
        type: "service_account",
        project_id: ACCOUNT.project,
        private_key_id: "fake",
        private_key: pem(rsa.privateKey),
        client_email: ACCOUNT.email,
        token_uri: `${base}/oauth/token`,
      }),
      FCM_BASE_URL: base,
      APNS_KEY_P8: pem(p8.privateKey),
      APNS_KEY_ID: ACCOUNT.keyId,
      APNS_TEAM_ID: ACCOUNT.teamId,
      APNS_BUNDLE_ID: ACCOUNT.bundle,
      APNS_BASE_URL: base,
      VAPID_PUBLIC_KEY: vapidPublic,
      VAPID_PRIVATE_KEY: vapidPrivate.toString("base64url"),
      VAPID_SUBJECT: ACCOUNT.subject,
    }),
  };
}
