import { describe, expect, it } from "vitest";
import { ask, type Vars } from "../support/ask.ts";
import { providers } from "../support/push-control.ts";
import { watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();
const json = { headers: { accept: "application/json" } };

async function dependencies(vars: Vars): Promise<unknown> {
  const response = await ask("/health", vars, json);
  expect(response.status).toBe(200);
  const { dependencies: found } = await response.json<{ dependencies: object }>();
  const { turn: _, ...pushing } = { turn: "", ...found };
  return pushing;
}

describe("push providers in /health", () => {
  it("PUSH-22 are off, or configured", async () => {
    const off = { redis: "ok", fcm: "off", apns: "off", web_push: "off" };
    expect(await dependencies({})).toEqual(off);
    const base = { FCM_BASE_URL: "https://a.test", APNS_PRODUCTION: "true" };
    expect(await dependencies(base)).toEqual(off);
    const { variables } = await providers();
    const all = { redis: "ok", fcm: "configured", apns: "configured", web_push: "configured" };
    expect(await dependencies(variables)).toEqual(all);
    const { APNS_KEY_P8 = "", FCM_SERVICE_ACCOUNT_JSON = "" } = variables;
    const spelled = { ...variables, APNS_KEY_P8: APNS_KEY_P8.replaceAll("\n", "\\n") };
    expect(await dependencies(spelled)).toEqual(all);
    const bare = APNS_KEY_P8.replaceAll(/-----.*-----|\n/g, "");
    expect(await dependencies({ ...variables, APNS_KEY_P8: bare })).toEqual(all);
    const twice = FCM_SERVICE_ACCOUNT_JSON.replaceAll("\\n", "\\\\n");
    expect(await dependencies({ ...variables, FCM_SERVICE_ACCOUNT_JSON: twice })).toEqual(all);
  });

  const cut = (text = "") => text.slice(0, -60);
  it.each<[string, "fcm" | "apns" | "web_push", (given: Record<string, string>) => Vars, RegExp]>([
    ["no project", "fcm", () => ({ FCM_PROJECT_ID: "" }), /^FCM_PROJECT_ID not set$/],
    ["no JSON", "fcm", () => ({ FCM_SERVICE_ACCOUNT_JSON: "{" }), /JSON object/],
    ["another JSON", "fcm", () => ({ FCM_SERVICE_ACCOUNT_JSON: "[1]" }), /JSON object/],
    ["no account", "fcm", () => ({ FCM_SERVICE_ACCOUNT_JSON: "{}" }), /client_email/],
    [
      "a key cut short",
      "fcm",
      ({ FCM_SERVICE_ACCOUNT_JSON = "{}" }) => {
        const account = JSON.parse(FCM_SERVICE_ACCOUNT_JSON) as { private_key: string };
        const private_key = cut(account.private_key);
        return { FCM_SERVICE_ACCOUNT_JSON: JSON.stringify({ ...account, private_key }) };
      },
      /private_key/,
    ],
    ["no bundle", "apns", () => ({ APNS_BUNDLE_ID: "" }), /^APNS_BUNDLE_ID not set$/],
    [
      "a key cut short",
      "apns",
      ({ APNS_KEY_P8 }) => ({ APNS_KEY_P8: cut(APNS_KEY_P8) }),
      /APNS_KEY_P8/,
    ],
    ["a path for a key", "apns", () => ({ APNS_KEY_P8: "./AuthKey.p8" }), /APNS_KEY_P8/],
    ["no subject", "web_push", () => ({ VAPID_SUBJECT: "" }), /^VAPID_SUBJECT not set$/],
    ["a bare address", "web_push", () => ({ VAPID_SUBJECT: "me@a.test" }), /mailto:/],
    ["a short key", "web_push", () => ({ VAPID_PUBLIC_KEY: "BAAA" }), /65 bytes/],
  ])("PUSH-22 are invalid with %s (%s), which is logged once", async (_, name, change, problem) => {
    const { variables } = await providers();
    const vars = { ...variables, ...change({ ...variables }) };
    const others = { redis: "ok", fcm: "configured", apns: "configured", web_push: "configured" };
    expect(await dependencies(vars)).toEqual({ ...others, [name]: "invalid" });
    expect(await dependencies(vars)).toEqual({ ...others, [name]: "invalid" });
    const lines = watched.takeLog("push.invalid");
    expect(lines.length).toBeLessThanOrEqual(1);
    for (const line of lines) {
      expect(line["provider"]).toBe(name);
      expect(line["problem"]).toMatch(problem);
      expect(JSON.stringify(line)).not.toMatch(/MII|PRIVATE/);
    }
  });

  it("PUSH-20 GET /push/vapid gives browsers the key to subscribe by", async () => {
    const { variables } = await providers();
    const response = await ask("/push/vapid", variables);
    expect(await response.json()).toEqual({ public_key: variables["VAPID_PUBLIC_KEY"] });
    expect((await ask("/push/vapid", {})).status).toBe(404);
  });
});
