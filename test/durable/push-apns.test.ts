import { describe, expect, it } from "vitest";
import { runAlarm } from "../support/objects.ts";
import { AT_ONCE, anna, said, start } from "../support/push-callers.ts";
import {
  callTo,
  deviceToken,
  providers,
  pushable,
  pushes,
  withProviders,
} from "../support/push-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("APNs", () => {
  it("PUSH-19 gets a VoIP push, a background cancel and a missed call", async () => {
    await withProviders();
    const [token, alert_token] = [deviceToken(), deviceToken()];
    const callee = await pushable({ os: "ios", token, alert_token });
    const caller = await anna();
    const session = await start(caller, callee, { ring_timeout: 20 });
    const [ring] = await pushes(token);
    expect(ring).toMatchObject({
      provider: "apns",
      status: 200,
      headers: {
        "apns-topic": "com.example.edgering.voip",
        "apns-push-type": "voip",
        "apns-priority": "10",
        "apns-collapse-id": session,
        "content-type": "application/json",
      },
    });
    const { call_token, expires_at, caller_id, ...rest } = said(ring);
    expect(rest).toEqual({
      aps: {
        alert: { title: "Incoming Call", body: "Anna is calling..." },
        "content-available": 1,
      },
      type: "incoming_call",
      session_id: session,
      callerName: "Anna",
      handle: "Anna",
      caller_username: "anna1",
      caller_image: "https://a.test/i.png",
    });
    expect(call_token).toMatch(/^[\w-]+\.[0-9a-f]{64}$/);
    expect(ring?.headers["apns-expiration"]).toBe(String(expires_at));
    const now = Math.floor(Date.now() / 1_000);
    expect(Number(expires_at) - now).toBeGreaterThan(17);

    passTime(20_000);
    await runAlarm(caller.user);
    const after = await pushes(alert_token, 2);
    const [cancel, missed] = after;
    expect(cancel?.headers).toMatchObject({
      "apns-topic": "com.example.edgering",
      "apns-push-type": "background",
      "apns-priority": "5",
    });
    expect(said(cancel)).toEqual({
      aps: { "content-available": 1 },
      type: "call_cancelled",
      session_id: session,
      caller_id,
    });
    expect(missed?.headers).toMatchObject({ "apns-push-type": "alert" });
    expect(said(missed)).toMatchObject({ type: "missed_call", session_id: session });
    expect(after.every(({ status }) => status === 200)).toBe(true);
    expect(await pushes(token)).toHaveLength(1);
  });

  it("PUSH-19 gets no empty optional fields, and Unknown for a caller without a name", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "ios", token });
    await callTo(callee);
    const [ring] = await pushes(token);
    expect(said(ring)).toMatchObject({ callerName: "Unknown", handle: "Unknown" });
    expect(Object.keys(said(ring))).not.toContain("caller_image");
    expect(Object.keys(said(ring))).not.toContain("caller_username");
  });

  it.each([
    [410, { reason: "Unregistered", timestamp: 4_000_000_000_000 }],
    [400, { reason: "BadDeviceToken" }],
  ])("PUSH-10 forgets a token after %i", async (status, body) => {
    await withProviders(AT_ONCE);
    const token = deviceToken();
    const callee = await pushable({ os: "ios", token });
    await providers({ break: { to: token, status, body } });
    const { caller } = await callTo(callee);
    expect(await caller.next("call.ended")).toMatchObject({ reason: "unreachable" });
    caller.send("call.start", { callee_id: callee });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });

  it("PUSH-10 keeps a token after 400 for another reason", async () => {
    await withProviders(AT_ONCE);
    const token = deviceToken();
    const callee = await pushable({ os: "ios", token });
    const body = { reason: "PayloadTooLarge" };
    await providers({ break: { to: token, status: 413, body, times: 1 } });
    const { caller } = await callTo(callee);
    expect(await caller.next("call.ended")).toMatchObject({ reason: "unreachable" });
    caller.send("call.start", { callee_id: callee });
    await caller.next("call.ringing");
  });
});

// Last, since the isolate remembers what it made when the clock was ahead.
describe("Apple's provider token", () => {
  it("PUSH-21 is not replaced when it is young, even if it is refused", async () => {
    await withProviders(AT_ONCE);
    const refuse = async (token: string) => {
      const body = { reason: "ExpiredProviderToken" };
      await providers({ break: { to: token, status: 403, body, times: 1 } });
    };
    const young = deviceToken();
    await refuse(young);
    const { caller } = await callTo(await pushable({ os: "ios", token: young }));
    expect(await caller.next("call.ended")).toMatchObject({ reason: "unreachable" });
    expect(await pushes(young)).toHaveLength(1);
    const old = deviceToken();
    await refuse(old);
    passTime(21 * 60_000);
    await providers({ ahead: { scope: old, ms: 21 * 60_000 } });
    await callTo(await pushable({ os: "ios", token: old }));
    const [first, second] = await pushes(old, 2);
    expect([first?.status, second?.status]).toEqual([403, 200]);
    expect(second?.headers["authorization"]).not.toBe(first?.headers["authorization"]);
  });

  it("PUSH-21 is one for all, for 50 minutes", async () => {
    await withProviders();
    const began = 21 * 60_000;
    passTime(began);
    const bearerOf = async (more = 0) => {
      const ms = began + more;
      const token = deviceToken();
      await providers({ ahead: { scope: token, ms } });
      const { caller } = await callTo(await pushable({ os: "ios", token }));
      const [push] = await pushes(token);
      caller.close();
      return push?.headers["authorization"];
    };
    const first = await bearerOf();
    expect(await bearerOf()).toBe(first);
    passTime(49 * 60_000);
    expect(await bearerOf(49 * 60_000)).toBe(first);
    passTime(2 * 60_000);
    expect(await bearerOf(51 * 60_000)).not.toBe(first);
  });
});
