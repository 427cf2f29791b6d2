import { afterEach, describe, expect, test, vi } from "vitest";
import { attempt, post } from "../../src/adapters/http-attempt.ts";
import { sendFcm } from "../../src/adapters/fcm.ts";
import type { FcmSettings } from "../../src/adapters/push-settings.ts";
import { pushSender } from "../../src/adapters/push-providers.ts";
import type { PushNote } from "../../src/core/push.ts";

const settings: FcmSettings = {
  baseUrl: "https://fcm.test",
  project: "p",
  email: "a@b.test",
  key: "",
  tokenUri: "https://oauth.test/token",
};
const ring = (ringUntil: number): PushNote => ({
  kind: "ring",
  session: "00000000-0000-4000-8000-000000000001",
  caller: { user_id: "ann" },
  ringUntil,
});
const off = { state: "off" } as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Answers every request with what is given, and says what was asked. */
function answering(answer: () => Response) {
  const asked: { url: string; body: string }[] = [];
  vi.stubGlobal("fetch", (url: string, init: { body: string }) => {
    asked.push({ url, body: init.body });
    return Promise.resolve(answer());
  });
  return asked;
}

describe("an attempt", () => {
  test("PUSH-23 reads no more of an answer than anybody looks at", async () => {
    const chunk = new Uint8Array(65_536).fill(97);
    let pulled = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        if (pulled > 100) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => {
        cancelled = true;
      },
    });
    answering(() => new Response(body, { status: 400 }));
    const answered = await post("https://push.test", {}, "");
    expect([answered.status, answered.body.length, cancelled]).toEqual([400, 4_096, true]);
    expect(pulled).toBeLessThan(5);
  });

  test("PUSH-18 a token that took its time leaves the message less to live", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const asked = answering(() => Response.json({}));
    await sendFcm(
      settings,
      async (use) => {
        vi.setSystemTime(1_004_000);
        return (await use("t")).result;
      },
      "droid",
      ring(1_030_000),
    );
    expect(JSON.parse(String(asked[0]?.body))).toMatchObject({
      message: { android: { ttl: "26s" } },
    });
  });

  test("PUSH-10 FCM's word for a dead token counts wherever it stands", async () => {
    answering(() => Response.json({ error: { status: "UNREGISTERED" } }, { status: 404 }));
    const result = await sendFcm(
      settings,
      async (use) => (await use("t")).result,
      "droid",
      ring(Date.now() + 30_000),
    );
    expect(result).toEqual({ outcome: "dead" });
  });

  test("PUSH-17 a ring that was over before the provider's token came is not sent", async () => {
    const asked = answering(() => Response.json({}));
    const minted = { token: "t", made: 0, until: Infinity };
    const mint = () => Promise.resolve(minted);
    const send = pushSender(
      { fcm: { state: "configured", settings }, apns: off, web_push: off },
      { fcm: mint, apns: mint },
    );
    const target = { os: "android", token: "droid" } as const;
    const note = ring(Date.now() + 30_000);
    expect(await send(target, note, () => false)).toMatchObject({ outcome: "later" });
    expect(asked).toEqual([]);
    expect(await send(target, note, () => true)).toEqual({ outcome: "taken" });
  });

  test("PUSH-8 a subscription whose keys are no keys is refused, not tried for as long as it rings", async () => {
    const key = (bytes: number) => "A".repeat(Math.ceil((bytes * 4) / 3));
    const vapid = { publicKey: key(65), privateKey: key(32), subject: "mailto:a@b.test" };
    const send = pushSender(
      { fcm: off, apns: off, web_push: { state: "configured", settings: vapid } },
      { fcm: () => Promise.reject(new Error()), apns: () => Promise.reject(new Error()) },
    );
    const keys = { p256dh: key(65), auth: key(16) };
    const subscription = { endpoint: "https://push.test/x", keys };
    const result = await send({ os: "web", subscription }, ring(Date.now() + 30_000));
    expect(result.outcome).toBe("refused");
  });

  test("PUSH-24 what goes wrong is told without the address", async () => {
    const result = await attempt(() =>
      Promise.reject(new Error("no way to https://push.test/secret")),
    );
    expect(result).toEqual({ outcome: "later", detail: "Error: no way to (address)" });
  });
});
