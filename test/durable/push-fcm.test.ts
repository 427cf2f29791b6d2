import { describe, expect, it } from "vitest";
import { someone } from "../support/client.ts";
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
    await providers({ revoke: true, ahead: { scope: "/oauth/", ms: 31_000 } });
    passTime(31_000);
    const third = deviceToken();
    await callTo(await pushable({ os: "android", token: third }));
    const [push] = await pushes(third);
    expect(push?.status).toBe(200);
    expect(await count()).toBe(before + 1);
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
