import { describe, expect, onTestFinished, test } from "vitest";
import { pushSender } from "../../src/adapters/push-providers.ts";
import { readProviders } from "../../src/adapters/push-settings.ts";
import { mintApns, mintFcm } from "../../src/adapters/mint.ts";
import type { PushNote } from "../../src/core/push.ts";
import { servePush } from "../../dev/push/serve.ts";

const ring = (): PushNote => ({
  kind: "ring",
  session: "3f2b8c1e-5a74-4d0b-9c66-1d2e7f9a0b42",
  caller: { user_id: "ann", name: "<Ann>" },
  ringUntil: Date.now() + 30_000,
});

async function standIns(given: Record<string, string> = {}) {
  const running = await servePush(given);
  onTestFinished(() => running.close());
  const read = readProviders(running.variables);
  const { fcm, apns } = read;
  const sender = pushSender(read, {
    fcm: () => mintFcm(fcm.state === "configured" ? fcm.settings : fail(), Date.now()),
    apns: () => mintApns(apns.state === "configured" ? apns.settings : fail(), Date.now()),
  });
  return { ...running, sender, base: String(running.variables["DEV_PUSH_URL"]) };
}

function fail(): never {
  throw new Error("not configured");
}

describe("push providers on a developer's machine", () => {
  test("LOCAL-6 are stand-ins that show what they got, as a page and as JSON", async () => {
    const { sender, base } = await standIns();
    const sent = await sender({ os: "android", token: "my-phone" }, ring());
    expect(sent).toEqual({ outcome: "taken" });
    expect(await sender({ os: "ios", token: "abcd" }, ring())).toEqual({ outcome: "taken" });
    const page = await (await fetch(`${base}/dev/push`)).text();
    expect(page).toContain("my-phone");
    expect(page).toContain("incoming_call");
    expect(page).toContain("&lt;Ann&gt; is calling...");
    expect(page).not.toContain("<Ann>");
    const headers = { accept: "application/json" };
    const list = (await (await fetch(`${base}/dev/push`, { headers })).json()) as object[];
    expect(list[0]).toMatchObject({ provider: "apns", status: 200, to: "abcd" });
    expect(list[1]).toMatchObject({ provider: "fcm", status: 200, to: "my-phone" });
  });

  test.each([
    { FCM_BASE_URL: "https://fcm.test" },
    { FCM_PROJECT_ID: "" },
    { APNS_BASE_URL: "https://apns.test" },
    { VAPID_SUBJECT: "" },
  ])("LOCAL-6 leave the providers to a developer who sets %j", async (given) => {
    const { variables } = await servePush(given).then(async (running) => {
      await running.close();
      return running;
    });
    expect(Object.keys(variables)).toEqual(["DEV_PUSH_URL"]);
  });

  test("LOCAL-6 refuse what the real ones would refuse", async () => {
    const { base } = await standIns();
    const post = (path: string, headers: Record<string, string> = {}, body = "{}") =>
      fetch(base + path, { method: "POST", headers, body });
    expect((await post("/oauth/token", {}, "assertion=x")).status).toBe(400);
    expect((await post("/v1/projects/edgering-dev/messages:send")).status).toBe(401);
    expect((await post("/3/device/abcd", { authorization: "bearer x.y.z" })).status).toBe(403);
    expect((await post("/web/none")).status).toBe(410);
    expect((await post("/elsewhere")).status).toBe(404);
  });
});
