import { describe, expect, it } from "vitest";
import type { Recorded } from "../../dev/push/recorded.ts";
import { connectAs, someone, type Client } from "../support/client.ts";
import { runAlarm } from "../support/objects.ts";
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
/** Nobody who has just gone is waited for. */
const AT_ONCE = { RECONNECT_GRACE_SECONDS: "0" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const said = (push: Recorded | undefined) => push?.said as Record<string, unknown>;

/** A caller with a whole profile. */
function anna(more: object = {}): Promise<Client> {
  const profile = { name: "Anna", username: "anna1", image_profile: "https://a.test/i.png" };
  return connectAs("anna", { hash: someone("anna"), ...profile, ...more });
}

async function start(caller: Client, callee_id: string, more: object = {}): Promise<string> {
  caller.send("call.start", { callee_id, ...more });
  return String((await caller.next("call.ringing"))["session_id"]);
}

describe("FCM", () => {
  it("PUSH-18 gets a data message that lives no longer than the ring, and a cancel", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const caller = await anna();
    const session = await start(caller, callee, { ring_timeout: 30 });
    const [ring] = await pushes(token);
    expect(ring).toMatchObject({ provider: "fcm", status: 200, problems: [] });
    const { data, android } = said(ring) as { data: Record<string, string>; android: object };
    const { call_token, expires_at, caller_id, ...rest } = data;
    expect(rest).toEqual({
      type: "incoming_call",
      session_id: session,
      caller_name: "Anna",
      caller_username: "anna1",
      caller_image: "https://a.test/i.png",
    });
    expect(session).toMatch(UUID);
    expect(caller_id).toMatch(/^anna-/);
    expect(call_token).toMatch(/^[\w-]+\.[0-9a-f]{64}$/);
    const left = Number(expires_at) - Date.now() / 1_000;
    expect(left).toBeGreaterThan(28);
    expect(left).toBeLessThanOrEqual(30);
    const ttl = Number(/^(\d+)s$/.exec((android as { ttl: string }).ttl)?.[1]);
    expect(ttl).toBeLessThanOrEqual(30);
    expect(android).toMatchObject({ priority: "high", collapse_key: session });

    caller.send("call.end", { session_id: session });
    const [, cancel] = await pushes(token, 2);
    expect(said(cancel)).toEqual({
      token,
      data: {
        type: "call_cancelled",
        session_id: session,
        caller_id,
        caller_name: "",
        caller_username: "",
        caller_image: "",
        reason: "ended_by_user",
      },
      android: { priority: "high", ttl: "30s", collapse_key: session },
    });
  });

  it("PUSH-18 gets a token that the caller knows, without a call token", async () => {
    await withProviders();
    const token = deviceToken();
    const known = { callee_device_token: token, callee_os: "android" };
    await callTo(someone("callee"), known);
    const [ring] = await pushes(token);
    const { data } = said(ring) as { data: object };
    expect(Object.keys(data)).toEqual([
      "type",
      "session_id",
      "caller_id",
      "caller_name",
      "caller_username",
      "caller_image",
      "expires_at",
    ]);
  });

  it("PUSH-18 gets what fits, of a profile that does not", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const caller = await anna({ image_profile: `data:image/png;base64,${"A".repeat(9_000)}` });
    await start(caller, callee);
    const [ring] = await pushes(token);
    expect(ring?.status).toBe(200);
    expect(said(ring)["data"]).toMatchObject({ caller_name: "Anna", caller_image: "" });
  });

  it("PUSH-21 gets an access token that is made once, and anew when it is refused", async () => {
    await withProviders();
    const count = async () => (await providers({ recorded: "oauth" })).recorded.length;
    const [first, second] = [deviceToken(), deviceToken()];
    await callTo(await pushable({ os: "android", token: first }));
    await pushes(first);
    const before = await count();
    await callTo(await pushable({ os: "android", token: second }));
    await pushes(second);
    expect(await count()).toBe(before);
    await providers({ revoke: true, aheadMs: 31_000 });
    passTime(31_000);
    const third = deviceToken();
    await callTo(await pushable({ os: "android", token: third }));
    const [push] = await pushes(third);
    expect(push?.status).toBe(200);
    expect(await count()).toBe(before + 1);
    await providers({ aheadMs: 0 });
  });

  it("PUSH-10 forgets a token that is unregistered, and the call ends as unreachable", async () => {
    await withProviders(AT_ONCE);
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const details = [{ errorCode: "UNREGISTERED" }];
    const body = { error: { code: 404, status: "NOT_FOUND", details } };
    await providers({ break: { to: token, status: 404, body } });
    const { caller, session } = await callTo(callee);
    expect(await caller.next("call.ended")).toEqual({ session_id: session, reason: "unreachable" });
    caller.send("call.start", { callee_id: callee });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });

  it("PUSH-9 is asked again after 503, by the alarm", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const headers = { "retry-after": "3" };
    await providers({ break: { to: token, status: 503, times: 1, headers } });
    await callTo(callee);
    await pushes(token);
    passTime(3_000);
    await runAlarm(callee);
    const [first, second] = await pushes(token, 2);
    expect([first?.status, second?.status]).toEqual([503, 200]);
  });
});

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
    await runAlarm(caller.user === "anna" ? String(caller_id) : caller.user);
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

  it("PUSH-21 gets one provider token for all, and a new one only after 20 minutes", async () => {
    await withProviders();
    const bearerOf = async () => {
      const token = deviceToken();
      const { caller } = await callTo(await pushable({ os: "ios", token }));
      const [push] = await pushes(token);
      caller.close();
      return push?.headers["authorization"];
    };
    const first = await bearerOf();
    expect(await bearerOf()).toBe(first);
    passTime(49 * 60_000);
    expect(await bearerOf()).toBe(first);
    passTime(2 * 60_000);
    await providers({ aheadMs: 51 * 60_000 });
    expect(await bearerOf()).not.toBe(first);
    await providers({ aheadMs: 0 });
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

describe("Web Push", () => {
  it("PUSH-20 gets an encrypted message that replaces the one before", async () => {
    await withProviders();
    const { subscription } = await providers({ subscribe: true });
    const endpoint = subscription?.endpoint ?? "";
    const callee = await pushable({ os: "web", subscription });
    const caller = await anna();
    const session = await start(caller, callee, { ring_timeout: 30 });
    const [ring] = await pushes(endpoint);
    expect(ring).toMatchObject({ provider: "web_push", status: 201, problems: [] });
    expect(ring?.headers["topic"]).toBe(session.replaceAll("-", ""));
    expect(Number(ring?.headers["ttl"])).toBeLessThanOrEqual(30);
    expect(said(ring)).toMatchObject({
      type: "incoming_call",
      session_id: session,
      caller_name: "Anna",
      call_token: expect.any(String),
    });
    caller.send("call.end", { session_id: session });
    const [, cancel] = await pushes(endpoint, 2);
    expect(cancel).toMatchObject({ status: 201, headers: { ttl: "30" } });
    expect(said(cancel)).toMatchObject({ type: "call_cancelled", reason: "ended_by_user" });
  });

  it("PUSH-10 forgets a subscription that is gone", async () => {
    await withProviders(AT_ONCE);
    const { subscription } = await providers({ subscribe: true });
    const endpoint = `${subscription?.endpoint}-gone`;
    const callee = await pushable({ os: "web", subscription: { ...subscription, endpoint } });
    const { caller } = await callTo(callee);
    expect(await caller.next("call.ended")).toMatchObject({ reason: "unreachable" });
    caller.send("call.start", { callee_id: callee });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });
});
